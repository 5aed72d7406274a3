export type EnvLine = {
  readonly name: string;
  /** The text of the whole file. */
  readonly text: string;
  /** The value of JWT_SECRET that each reader sees; undefined when it finds none. */
  readonly decouple: string | undefined;
  readonly node: string | undefined;
  /** Codes of the reasons why the readers disagree or find none; empty when both see the same secret. */
  readonly reasons: readonly string[];
};

const agreed = (name: string, text: string, value: string): EnvLine => ({
  name,
  text,
  decouple: value,
  node: value,
  reasons: [],
});
const differ = (
  name: string,
  text: string,
  decouple: string | undefined,
  node: string | undefined,
  ...reasons: string[]
): EnvLine => ({ name, text, decouple, node, reasons });

/** Lines of .env files, with the values that python-decouple 3.8 and Node read from them. */
export const ENV_LINES: readonly EnvLine[] = [
  agreed('a plain value', 'JWT_SECRET=abc', 'abc'),
  agreed('double quotes', 'JWT_SECRET="abc"', 'abc'),
  agreed('single quotes', "JWT_SECRET='abc'", 'abc'),
  agreed('a hash in double quotes', 'JWT_SECRET="abc#def"', 'abc#def'),
  agreed('a backslash and an n in single quotes', String.raw`JWT_SECRET='abc\ndef'`, String.raw`abc\ndef`),
  agreed('a backslash and an n without quotes', String.raw`JWT_SECRET=abc\ndef`, String.raw`abc\ndef`),
  agreed('blanks around the value', 'JWT_SECRET=  abc  ', 'abc'),
  agreed('blanks around the name', '  JWT_SECRET = abc', 'abc'),
  agreed('lines that end as on Windows', 'PORT=3000\r\nJWT_SECRET=abc\r\nHOST=x\r\n', 'abc'),
  agreed('equals signs', 'JWT_SECRET=a=b==', 'a=b=='),
  agreed('letters beyond ASCII', 'JWT_SECRET=gehëim', 'gehëim'),
  agreed('percent signs', 'JWT_SECRET=a%20b', 'a%20b'),
  agreed('a reference to another variable', 'JWT_SECRET=abc${HOME}def', 'abc${HOME}def'),
  agreed('two lines', 'JWT_SECRET=old\nJWT_SECRET=abc\n', 'abc'),
  agreed('a comment above', '# MUST MATCH!\nJWT_SECRET=abc\n', 'abc'),
  agreed('a quote in the middle', 'JWT_SECRET=ab"c', 'ab"c'),
  agreed('a quote that nobody closes', 'JWT_SECRET="abc', '"abc'),
  agreed('a blank inside', 'JWT_SECRET=abc def', 'abc def'),

  differ('the line of the guide', 'JWT_SECRET=abc  # MUST MATCH!', 'abc  # MUST MATCH!', 'abc', 'inline_comment'),
  differ('a comment without a blank', 'JWT_SECRET=abc#def', 'abc#def', 'abc', 'hash'),
  differ(
    'a secret as Django makes them',
    'JWT_SECRET=django-insecure-7#k$2!q(x)=+&%^*@z',
    'django-insecure-7#k$2!q(x)=+&%^*@z',
    'django-insecure-7',
    'hash',
  ),
  differ('a value that begins with a hash', 'JWT_SECRET=#abc', '#abc', '', 'inline_comment'),
  differ(
    '\\n in double quotes',
    String.raw`JWT_SECRET="abc\ndef"`,
    String.raw`abc\ndef`,
    'abc\ndef',
    'line_break_written_out',
  ),
  differ('a comment behind quotes', 'JWT_SECRET="abc#def" # c', '"abc#def" # c', 'abc#def', 'comment_after_quotes'),
  differ('a comment right behind quotes', "JWT_SECRET='abc'#c", "'abc'#c", 'abc', 'comment_after_quotes'),
  differ('text behind quotes', 'JWT_SECRET="abc"def', '"abc"def', 'abc', 'open_quote'),
  differ('a quote inside the quotes', String.raw`JWT_SECRET="ab\"c"`, String.raw`ab\"c`, 'ab\\', 'quote_inside'),
  differ('export', 'export JWT_SECRET=abc', undefined, 'abc', 'export'),
  differ('backticks', 'JWT_SECRET=`abc`', '`abc`', 'abc', 'backticks'),
  differ('a byte order mark', '\uFEFFJWT_SECRET=abc', undefined, undefined, 'byte_order_mark'),
  differ('a value over two lines', 'JWT_SECRET="abc\ndef"\n', '"abc', 'abc\ndef', 'open_quote'),
  differ('a non-breaking space at the end', 'JWT_SECRET=abc\u00A0', 'abc', 'abc\u00A0', 'unusual_blank'),
  differ('an ideographic space at the beginning', 'JWT_SECRET=\u3000abc', 'abc', '\u3000abc', 'unusual_blank'),
  differ('a name in small letters', 'jwt_secret=abc', undefined, undefined, 'other_name'),
  differ('a colon', 'JWT_SECRET: abc', undefined, undefined, 'no_equals_sign'),
  differ('a comment of it all', '# JWT_SECRET=abc', undefined, undefined, 'commented_out'),
  differ('no value', 'JWT_SECRET=', '', '', 'empty'),
  differ('empty quotes', 'JWT_SECRET=""', '', '', 'empty'),
  differ('no such line', 'PORT=3000\n', undefined, undefined, 'missing'),
  differ('nothing', '', undefined, undefined, 'missing'),
  differ('an open quote above', 'NAME="ada\nJWT_SECRET=abc\nTITLE="x"\n', 'abc', undefined, 'quotes_before'),
];
