import { createHash } from 'node:crypto';

/** The script that starts Swagger UI. The page has no other script of its own. */
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

/** The style of the page. It hides the links between operations on phones, which have no room for them. */
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
 * The content security policy of this page (CSP Level 3). It allows the files of Swagger UI, the script and the style above
 * by their hashes, the icons inside the style sheet, and requests to this service.
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
