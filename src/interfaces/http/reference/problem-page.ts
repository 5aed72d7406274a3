import { createHash } from 'node:crypto';

/** What a problem's page shows, and its JSON holds. */
export type ProblemPage = {
  readonly type: string;
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly happened: string;
  readonly why: string;
  readonly todo: string;
  readonly retry: { readonly helps: boolean; readonly how: string };
};

const STYLE = `
:root { color-scheme: light dark }
body { font: 1.0625rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 0 auto; padding: 2rem 1.25rem 4rem }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0.5rem 0 }
h2 { font-size: 1.0625rem; margin: 1.75rem 0 0.25rem }
p { margin: 0 }
code { font: 0.9375em ui-monospace, monospace }
table { border-collapse: collapse; width: 100%; margin-top: 1.5rem }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 1rem 0.4rem 0; border-bottom: 1px solid #8886 }
`;

/** For these pages alone: their own style, known by its hash (CSP Level 3), and nothing else. */
export const PAGE_POLICY = [
  `default-src 'none'`,
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');

export function problemHtml({ code, title, status, happened, why, todo, retry }: ProblemPage): string {
  const rows: [string, string][] = [
    ['What happened', happened],
    ['Why', why],
    ['What the app should do', todo],
    ['Does repeating help?', `${retry.helps ? '' : 'No. '}${retry.how}`],
  ];
  return html(
    title,
    `<p><a href="/problems">All problems</a></p>
<h1>${escaped(title)}</h1>
<p>Status ${status}, code <code>${escaped(code)}</code></p>
${rows.map(([heading, text]) => `<h2>${escaped(heading)}</h2>\n<p>${escaped(text)}</p>`).join('\n')}`,
  );
}

export function problemListHtml(problems: readonly ProblemPage[]): string {
  const rows = problems.map(
    ({ type, code, title, status }) =>
      `<tr><td>${status}</td><td><a href="${escaped(type)}"><code>${escaped(code)}</code></a></td><td>${escaped(title)}</td></tr>`,
  );
  return html(
    'Problems',
    `<h1>Problems</h1>
<p>What can go wrong with a request, by the <code>code</code> of the answer.</p>
<table>
<thead><tr><th>Status</th><th>Code</th><th>Title</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`,
  );
}

function html(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Safe as text and within a quoted attribute. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
