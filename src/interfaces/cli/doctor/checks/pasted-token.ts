import type { Reason } from '../report.ts';

/** A token that was found in a pasted text. */
export type Pasted = {
  readonly token: string;
  /** Descriptions of the parts that were removed from the text. The service refuses an app that sends the text unchanged. */
  readonly remarks: readonly Reason[];
};

type Step = Reason & {
  /** Returns the text without the mistake; the same text if it does not contain the mistake. */
  readonly mend: (text: string) => string;
};

const STEPS: readonly Step[] = [
  {
    code: 'login_answer',
    mend: fromJson,
    says: "The text is Django's whole login response, not only the token in it.",
    fix: 'Send only the value of "access".',
  },
  {
    code: 'header_name',
    mend: (text) => text.replace(/^authorization\s*[:=]\s*/i, ''),
    says: 'The text includes the name of the header.',
    fix: 'Give only the part after "Bearer ".',
  },
  {
    code: 'python_bytes',
    mend: (text) => text.replace(/^b(['"])(.*)\1$/s, '$2'),
    says: "The text is how Python prints bytes: b'…'.",
    fix: 'In Python, use str(token), or token.decode() without str() around it.',
  },
  {
    code: 'quotes',
    mend: (text) => text.replace(/^(["'`])(.*)\1$/s, '$2'),
    says: 'The token is in quotes.',
    fix: 'Send the token without quotes. In JavaScript, parse the response with JSON.parse instead of cutting the text.',
  },
  {
    code: 'scheme',
    mend: (text) => text.replace(/^((bearer|jwt|token)\s+)+/i, ''),
    says: 'The text includes the word "Bearer".',
    fix: 'Give only the part after it. An app that stores the token with the word sends the word twice.',
  },
  {
    code: 'line_breaks',
    mend: (text) => text.replace(/\s+/g, ''),
    says: 'The token contains blanks or line breaks.',
    fix: 'Send the token in one piece: a header ends at a line break.',
  },
];

/** Finds the token in a text that somebody pasted. */
export function findToken(pasted: string): Pasted {
  const remarks: Reason[] = [];
  let token = pasted.trim();
  for (const { mend, code, says, fix } of STEPS) {
    const mended = mend(token).trim();
    if (mended !== token) remarks.push({ code, says, fix });
    token = mended;
  }
  return { token, remarks };
}

function fromJson(text: string): string {
  if (!text.startsWith('{')) return text;
  try {
    const { access, refresh } = JSON.parse(text) as Record<string, unknown>;
    return typeof access === 'string' ? access : typeof refresh === 'string' ? refresh : text;
  } catch {
    return text;
  }
}
