/** Values of the Authorization header that differ from a scheme, one space and a token. They have no characters that HTTP servers refuse. */
export function authorizations(scheme: string, token: string): string[] {
  return [
    ...[
      scheme,
      scheme.toLowerCase(),
      scheme.toUpperCase(),
      `${scheme}:`,
      `${scheme},`,
      `"${scheme}"`,
      `${scheme}x`,
      '',
    ].map((other) => `${other} ${token}`),
    ...['Token', 'Basic', 'Digest', 'JWT', 'Bearer', 'DPoP', 'Béarer', 'B\u00a0earer'].map(
      (other) => `${other} ${token}`,
    ),
    ...['', '  ', '\t', ' \t ', '\u00a0', ' \u00a0', '\u00a0 ', '\u0085', ',', ', ', '=', ':', '/'].map(
      (between) => `${scheme}${between}${token}`,
    ),
    ...[' ', '  ', '\t', '\u00a0', ' \u00a0', '\u0085', ',', ' ,', ';', ' x', `, ${scheme} ${token}`, ` ${token}`].map(
      (after) => `${scheme} ${token}${after}`,
    ),
    ...[' ', '\t', '\u00a0', '\u0085', ',', '"', '\u00ef\u00bb\u00bf'].map((before) => `${before}${scheme} ${token}`),
    ...['', ' ', '\t', scheme, `${scheme} `, `${scheme}\t`, token, `${scheme} ${scheme} ${token}`, '\u00a0', ','],
    ...['null', 'undefined', 'None', '""', "''", '[object Object]', 'token', '.', '..'].map(
      (other) => `${scheme} ${other}`,
    ),
    ...[
      `"${token}"`,
      `'${token}'`,
      `<${token}>`,
      `b'${token}'`,
      `token=${token}`,
      `token="${token}"`,
      encodeURIComponent(`${token} `),
    ].map((other) => `${scheme} ${other}`),
  ];
}
