import { deserialize, serialize } from 'node:v8';
import { PROTOCOL_VERSIONS } from '../../protocol/index.js';

describe('the test environment', () => {
  it('resolves the .js specifiers of ESM sources to their TypeScript files', () => {
    expect(PROTOCOL_VERSIONS).toContain(1);
  });

  it('shares the typed arrays of native code with the tests', () => {
    const copy: unknown = deserialize(serialize(new Float32Array([0.5])));
    expect(copy).toBeInstanceOf(Float32Array);
  });
});
