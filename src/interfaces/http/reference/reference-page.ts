import { createHash } from 'node:crypto';

/** The only script of our own on the page: it starts Swagger UI. */
const START = `
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

/** On a phone there is no room for the links between operations. */
const STYLE = `
body { margin: 0 }
@media (max-width: 48rem) {
  .swagger-ui .response-col_links, .swagger-ui .responses-table thead td:last-child { display: none }
  .swagger-ui .parameters-col_name { padding-right: 0.5rem; min-width: 6rem }
  .swagger-ui .opblock-description-wrapper, .swagger-ui .responses-inner, .swagger-ui .table-container { padding: 0.5rem }
}
`;

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export const REFERENCE_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Opportunities: the API</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<style>${STYLE}</style>
</head>
<body>
<noscript>This page needs JavaScript. What it shows is in <a href="/openapi.json">/openapi.json</a>.</noscript>
<main id="reference"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script>${START}</script>
</body>
</html>
`;

/**
 * For this page alone (CSP Level 3): the files of Swagger UI, the script and the style above by their hashes, the icons within the style sheet,
 * and requests to this service.
 */
export const REFERENCE_POLICY = [
  `default-src 'none'`,
  `script-src 'self' ${hash(START)}`,
  `style-src 'self' ${hash(STYLE)}`,
  `img-src 'self' data:`,
  `connect-src 'self'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');
