import { expect } from 'chai';
import { PROBLEMS } from '#interfaces/http/problems/problem-codes';
import { read } from './source-tree.ts';

const PAGE = 'docs/operators/django.md';
const APP_PAGE = 'docs/app/tokens.md';
const LANGUAGES = ['python', 'ts'];

type Block = { readonly language: string; readonly file: string; readonly text: string };

/** What stands between two lines of backticks, with what stands behind the first ones. */
function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map(([, language, file, text]) => ({
    language: language!,
    file: file!,
    text: text!,
  }));
}

/** Whether a file has these lines, whole and in this order, at one place. */
function isIn(file: string, text: string): boolean {
  return `\n${file}`.includes(`\n${text}`);
}

function tableAfter(page: string, head: string): string[] {
  return (page.split(head)[1] ?? '')
    .split('\n\n')[0]!
    .split('\n')
    .slice(2)
    .map((row) => row.replaceAll(/ +/g, ' '));
}

describe(`${PAGE} and ${APP_PAGE}`, () => {
  const page = read(PAGE);
  const appPage = read(APP_PAGE);
  const blocks = [page, appPage].flatMap(blocksOf).filter(({ language }) => LANGUAGES.includes(language));

  it('shows nothing but what is in the examples, which are run', () => {
    expect(blocks).to.have.length.above(10);
    expect(blocks.filter(({ file, text }) => !file.startsWith('examples/') || !isIn(read(file), text))).to.deep.equal(
      [],
    );
  });

  it('would not pass if a line of it were changed, or cut off at its beginning', () => {
    const [{ file, text }] = blocks as [Block];
    expect(isIn(read(file), text.replace('minutes=15', 'minutes=16'))).to.equal(false);
    expect(isIn(read(file), text.slice(1))).to.equal(false);
  });

  it('shows all files that a token passes through', () => {
    const shown = new Set(blocks.map(({ file }) => file.replace('examples/django/', '')));
    for (const name of [
      'serializers',
      'views',
      'user_events',
      'tell_over_http',
      'tell_over_kafka',
      'logout_everywhere',
    ])
      expect([...shown]).to.include(`accounts/${name}.py`);
  });

  it('installs the versions that the example is tested with', () => {
    const pinned = ['', '-kafka'].flatMap((kind) => read(`examples/django/requirements${kind}.txt`).trim().split('\n'));
    const installed = [...page.matchAll(/pip install ([^`\n]+)/g)].flatMap(([, names]) => names!.split(' '));
    const named = installed.filter((name) => name.includes('=='));
    expect(named).to.have.length.above(4);
    expect(pinned).to.include.members(named);
  });

  it('tells of each reason for a 401, twice: to those who run it and to those who write the app', () => {
    const [, errors] = /\n## Errors, and their causes([\s\S]*)\n## Changing/.exec(page)!;
    const [, app] = /\n## What an app does([\s\S]*)/.exec(appPage)!;
    for (const [code, { title }] of Object.entries(PROBLEMS).filter(([, { status }]) => status === 401)) {
      expect(errors, title).to.include(`### "${title}"`);
      expect(errors).to.include(`| \`${code}\``);
      expect(app).to.include(`\`${code}\``);
    }
  });

  it('has the table of docs/operators/configuration.md on what the two services read', () => {
    const rows = tableAfter(page, '| Line in `.env` ');
    expect(rows).to.have.length(7);
    expect(rows).to.deep.equal(tableAfter(read('docs/operators/configuration.md'), '| Line in `.env` '));
  });
});
