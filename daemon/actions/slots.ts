import { z } from 'zod';
import { LAUNCH_OUTCOMES, STOP_OUTCOMES } from '../audio/index.js';
import { GrymError } from '../kernel/index.js';
import { sha256Schema } from '../../protocol/index.js';
import { bridgeParameter, clipParameter, slotParameter, slotPlaceSchema } from './common-schemas.js';
import { defineAction } from './define-action.js';
import { launchWhen, launchWhenSchema } from './launch-when.js';
import { targetBridge } from './target-bridge.js';

const slotChangeSchema = slotPlaceSchema.extend({ hash: sha256Schema.nullable(), revision: z.int() });

export const loadAction = defineAction({
  name: 'load',
  help: 'Put a clip of the library into a slot, or take the newer clip that the slot is offered',
  params: z.strictObject({
    clip: clipParameter
      .optional()
      .describe('Hash of a clip or its first 4 or more characters; without it the clip that is offered for the slot'),
    slot: slotParameter.optional().describe('Slot 0 to 15; without it the first empty one'),
    bridge: bridgeParameter,
  }),
  result: slotChangeSchema,
  danger: 'changes',
  performanceSafe: false,
  positional: ['clip', 'slot'],
  async handler({ bridges, library, slots }, params, { signal, caller }) {
    const bridge = targetBridge(bridges, caller, params.bridge);
    const { slot, hash } = choose();
    const change = await slots.load(bridge.bridgeId, slot, hash, signal);
    return { bridgeId: bridge.bridgeId, bridge: bridge.name, slot, hash: change.hash, revision: change.revision };

    function choose(): { slot: number; hash: string } {
      if (params.clip !== undefined) {
        return { slot: params.slot ?? slots.nextFree(bridge.bridgeId), hash: library.reference(params.clip).hash };
      }
      const offer = bridge.offers.find((candidate) => params.slot === undefined || candidate.slot === params.slot);
      if (offer !== undefined) return { slot: offer.slot, hash: library.reference(offer.hash).hash };
      const problems = `the parameter clip is missing, and ${bridge.name} is offered no newer clip${params.slot === undefined ? '' : ` for slot ${params.slot}`}.`;
      throw new GrymError('GRYM_ACTION_PARAMETERS', { action: 'load', problems });
    }
  },
});

export const clearAction = defineAction({
  name: 'clear',
  help: 'Empty a slot; the clip stays in the library',
  params: z.strictObject({ slot: slotParameter, bridge: bridgeParameter }),
  result: slotChangeSchema,
  danger: 'changes',
  performanceSafe: false,
  positional: ['slot'],
  async handler({ bridges, slots }, params, { signal, caller }) {
    const bridge = targetBridge(bridges, caller, params.bridge);
    const { hash, revision } = await slots.clear(bridge.bridgeId, params.slot, signal);
    return { bridgeId: bridge.bridgeId, bridge: bridge.name, slot: params.slot, hash, revision };
  },
});

export const launchAction = defineAction({
  name: 'launch',
  help: 'Launch a slot, in time with the host',
  params: z.strictObject({ slot: slotParameter, when: launchWhenSchema, bridge: bridgeParameter }),
  result: slotPlaceSchema.extend({ when: z.string(), state: z.enum(LAUNCH_OUTCOMES) }),
  danger: 'changes',
  performanceSafe: true,
  positional: ['slot', 'when...'],
  async handler({ bridges }, params, { caller }) {
    const bridge = targetBridge(bridges, caller, params.bridge);
    const state = await bridges.launch(bridge.bridgeId, params.slot, launchWhen(params.when, bridge));
    return { bridgeId: bridge.bridgeId, bridge: bridge.name, slot: params.slot, when: params.when, state };
  },
});

export const stopAction = defineAction({
  name: 'stop',
  help: 'Stop a slot, or all slots of a bridge',
  params: z.strictObject({
    slot: z
      .union([slotParameter, z.literal('all')])
      .default('all')
      .describe('Slot 0 to 15, or all'),
    when: launchWhenSchema,
    bridge: bridgeParameter,
  }),
  result: slotPlaceSchema.extend({ slot: z.union([z.int(), z.literal('all')]), when: z.string(), state: z.enum(STOP_OUTCOMES) }),
  danger: 'changes',
  performanceSafe: true,
  positional: ['slot', 'when...'],
  async handler({ bridges }, params, { caller }) {
    const bridge = targetBridge(bridges, caller, params.bridge);
    const state = await bridges.stop(bridge.bridgeId, params.slot, launchWhen(params.when, bridge));
    return { bridgeId: bridge.bridgeId, bridge: bridge.name, slot: params.slot, when: params.when, state };
  },
});
