import { describe, expect, test } from '@jest/globals';
import { BridgeRecord } from '../../../daemon/surfaces/bridge/bridge-record.js';
import { bridgeFacts } from './support/fake-bridge.js';

describe('what a bridge is called', () => {
  const nameOf = (bridgeId: string, host: string, track: string): string =>
    new BridgeRecord(bridgeId, bridgeFacts({ bridgeId, host, track, segment: null })).name;

  test('by its track, where the host tells it', () => {
    expect(nameOf('11111111-2222-4333-8444-555555555555', 'Ardour', 'Bass')).toBe('Bass');
  });

  test('else by host and short id, so that two tracks of one host can be told apart', () => {
    expect(nameOf('11111111-2222-4333-8444-555555555555', 'Ardour', '')).toBe('Ardour 11111111');
    expect(nameOf('66666666-2222-4333-8444-555555555555', 'Ardour', '')).toBe('Ardour 66666666');
    expect(nameOf('66666666-2222-4333-8444-555555555555', '', '')).toBe('66666666');
  });
});
