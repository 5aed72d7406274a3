import { expect } from 'chai';
import { FAULTS } from '../../deep/planted-faults/all-faults.ts';
import { placesOf } from '../../deep/planted-faults/planted-fault.ts';

// A change of the code can make a fault meaningless. That shows here in a moment, and not at the end of the deep tests.
describe('the planted faults', () => {
  const faults = FAULTS.flatMap(([, each]) => each);

  it('each replace a text that its file has exactly once', () => {
    const stale = faults.filter((fault) => placesOf(fault) !== 1).map(({ name, file }) => `${file}: ${name}`);
    expect(stale).to.deep.equal([]);
  });

  it('are at least forty, each with a name of its own', () => {
    expect(faults.length).to.be.at.least(40);
    expect(new Set(faults.map(({ name }) => name)).size).to.equal(faults.length);
  });

  it('are found to be stale when the text is not there, or is there twice', () => {
    const fault = { name: 'n', file: 'package.json', becomes: '', caughtBy: { spec: 's' } };
    expect(placesOf({ ...fault, was: 'no such text in the file' })).to.equal(0);
    expect(placesOf({ ...fault, was: '"' })).to.be.above(1);
  });
});
