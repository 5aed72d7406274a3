import { expect } from 'chai';
import { PROBLEMS } from '#interfaces/http/problems/problem-details';
import { read } from './source-tree.ts';

const PAGE = 'docs/django.md';
const LANGUAGES = ['python', 'ts'];

type Block = { readonly language: string; readonly file: string; readonly text: string };

/** The code blocks of a page, with the language and the file that each block's first line names. */
function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map(([, language, file, text]) => ({
    language: language!,
    file: file!,
    text: text!,
  }));
}

/** Whether a file contains these whole lines in this order, without others between them. */
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

describe('docs/django.md', () => {
  const page = read(PAGE);
  const blocks = blocksOf(page).filter(({ language }) => LANGUAGES.includes(language));

  it('shows only code from the examples, which are tested', () => {
    expect(blocks).to.have.length.above(10);
    expect(blocks.filter(({ file, text }) => !file.startsWith('examples/') || !isIn(read(file), text))).to.deep.equal(
      [],
    );
  });

  it('would fail if a line of a code block were changed, or its beginning cut off', () => {
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

  it('explains each reason for a 401 to operators and to app developers', () => {
    const [, errors, app] = /\n## Errors, and their causes([\s\S]*)\n## What an app does([\s\S]*)\n## Changing/.exec(
      page,
    )!;
    for (const [code, { title }] of Object.entries(PROBLEMS).filter(([, { status }]) => status === 401)) {
      expect(errors, title).to.include(`### "${title}"`);
      expect(errors).to.include(`| \`${code}\``);
      expect(app).to.include(`\`${code}\``);
    }
  });

  it('has the same table of .env lines as docs/configuration.md', () => {
    const rows = tableAfter(page, '| Line in `.env` ');
    expect(rows).to.have.length(7);
    expect(rows).to.deep.equal(tableAfter(read('docs/configuration.md'), '| Line in `.env` '));
  });
});
