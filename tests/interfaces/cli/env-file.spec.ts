import { expect } from 'chai';
import fc from 'fast-check';
import { readAsDecouple, readAsNode, strip } from '#interfaces/cli/env-file';
import { readerDifferences, portabilityProblems } from '#interfaces/cli/doctor/checks/env-line';
import { ENV_LINES } from '../../support/system/env-lines.ts';
import { propertyRuns } from '../../support/system/property-runs.ts';

const file = (text: string) => ({ path: '.env', text, isUtf8: true });
const codes = (text: string) => readerDifferences(file(text), 'ours').map(({ code }) => code);

/** Lines made of everything that the two readers treat differently. */
const lines = fc
  .array(fc.constantFrom(...Array.from('ab =#"\'`\\n$\t\u00A0\uFEFF\r\n'), 'JWT_SECRET=', 'export ', '\\n', '# '), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''));
const files = fc.oneof(
  lines,
  lines.map((value) => `JWT_SECRET=${value}`),
  fc.tuple(lines, lines).map(([before, value]) => `${before}\nJWT_SECRET=${value}\n`),
);

describe('.env files', () => {
  for (const { name, text, decouple, node, reasons } of ENV_LINES) {
    it(`${name}: ${JSON.stringify(decouple)} for python-decouple, ${JSON.stringify(node)} for Node`, () => {
      expect(readAsDecouple(text)['JWT_SECRET']).to.equal(decouple);
      expect(readAsNode(text)['JWT_SECRET']).to.equal(node);
    });

    it(`${name}: ${reasons.join(', ') || 'no trouble'}`, () => {
      expect(codes(text)).to.deep.equal(reasons);
    });
  }

  it('have a reason exactly when the two readers see different secrets, or none', () => {
    fc.assert(
      fc.property(files, (text) => {
        const [node, decouple] = [readAsNode(text)['JWT_SECRET'], readAsDecouple(text)['JWT_SECRET']];
        const isFine = node === decouple && node !== undefined && node !== '';
        expect(codes(text).length === 0, JSON.stringify([text, node, decouple])).to.equal(isFine);
      }),
      { numRuns: propertyRuns(2000) },
    );
  });

  it('have reasons that name the line and not its content', () => {
    const [reason] = readerDifferences(file('PORT=1\nJWT_SECRET=hidden-value # c\n'), "Django's .env");
    expect(reason?.says).to.match(/^Django's .env, line 2: /);
    expect(JSON.stringify(reason)).not.to.contain('hidden-value');
  });

  it('that are not UTF-8 have the reason not_utf8, because Python does not read them', () => {
    expect(
      readerDifferences({ path: '.env', text: 'JWT_SECRET=\uFFFD', isUtf8: false }, 'x').map(({ code }) => code),
    ).to.deep.equal(['not_utf8']);
  });

  it('with quotes, "#", "$" or backslashes may be read differently elsewhere', () => {
    for (const value of ['"abc"', "'abc'", 'a#b', 'a$b', 'a\\b'])
      expect(portabilityProblems(file(`JWT_SECRET=${value}`)), value).to.have.length(1);
    for (const text of ['JWT_SECRET=abc==', 'PORT="1"', ''])
      expect(portabilityProblems(file(text)), text).to.deep.equal([]);
  });

  it('lose the blanks that str.strip() of Python removes', () => {
    expect(strip('\t\n\v\f\r \x1c\x1d\x1e\x1f\x85\u00A0\u1680\u2003\u2028\u2029\u202F\u205F\u3000a b\u00A0')).to.equal(
      'a b',
    );
    expect(strip('\uFEFFa\u200B')).to.equal('\uFEFFa\u200B');
    expect(strip(' \t')).to.equal('');
  });
});
