import type { Reason } from '../report.ts';

export type Pasted = {
  readonly token: string;
  /** What had to be taken off: an app that sends the text as it was given is refused. */
  readonly remarks: readonly Reason[];
};

type Step = Reason & {
  /** The text without what is wrong with it; the same when nothing is. */
  readonly mend: (text: string) => string;
};

const STEPS: readonly Step[] = [
  {
    code: 'login_answer',
    mend: fromJson,
    says: "this is Django's whole answer, and not the token in it",
    fix: 'Send the value of "access" alone.',
  },
  {
    code: 'header_name',
    mend: (text) => text.replace(/^authorization\s*[:=]\s*/i, ''),
    says: 'the name of the header was given along',
    fix: 'Give what follows "Bearer ".',
  },
  {
    code: 'python_bytes',
    mend: (text) => text.replace(/^b(['"])(.*)\1$/s, '$2'),
    says: "this is how Python shows bytes: b'…'",
    fix: 'In Python, str(token) or token.decode() without str() around it.',
  },
  {
    code: 'quotes',
    mend: (text) => text.replace(/^(["'`])(.*)\1$/s, '$2'),
    says: 'there are quotes around the token',
    fix: 'Send it without: in JavaScript JSON.parse the answer, do not cut the text.',
  },
  {
    code: 'scheme',
    mend: (text) => text.replace(/^((bearer|jwt|token)\s+)+/i, ''),
    says: '"Bearer " was given along',
    fix: 'Give what follows it. An app that stores the token with it sends it twice.',
  },
  {
    code: 'line_breaks',
    mend: (text) => text.replace(/\s+/g, ''),
    says: 'there are blanks or line breaks in the token',
    fix: 'Send it in one piece: a header ends at a line break.',
  },
];

/** Finds the token in what people paste. */
export function unwrap(pasted: string): Pasted {
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
