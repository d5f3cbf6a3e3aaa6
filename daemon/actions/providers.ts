import { z } from 'zod';
import { GrymError } from '../kernel/index.js';
import { BREAKER_STATES, type BreakerView } from '../recovery/index.js';
import { defineAction } from './define-action.js';
import { suggestion } from './did-you-mean.js';
import type { ActionServices } from './services.js';

const MILLISECONDS_IN_SECOND = 1_000;

const providerSchema = z.strictObject({
  provider: z.string(),
  version: z.string(),
  /** `closed`: it is used. `open`: it failed too often and rests. `half-open`: the next attempt shows whether it works again. */
  breaker: z.enum(BREAKER_STATES),
  /** In a row. */
  failures: z.int(),
  restSeconds: z.number(),
  /** Empty where it has not failed since it last worked. */
  lastError: z.string(),
});

function providerResult(provider: string, version: string, view: BreakerView): z.output<typeof providerSchema> {
  const { state, failures, restLeftMs, lastError } = view;
  return { provider, version, breaker: state, failures, restSeconds: Math.ceil(restLeftMs / MILLISECONDS_IN_SECOND), lastError };
}

/** Version by name. */
function knownProviders({ capabilities }: ActionServices): Map<string, string> {
  return new Map(capabilities.list().flatMap(({ providers }) => providers.map(({ provider, version }) => [provider, version] as const)));
}

export const listProvidersAction = defineAction({
  name: 'list-providers',
  help: 'Show who does what, which of them rest after failures, and what is not there',
  params: z.strictObject({}),
  result: z.strictObject({
    capabilities: z.array(
      z.strictObject({
        capability: z.string(),
        /** Whom prefer-provider put first; null where nobody was. */
        preferred: z.string().nullable(),
        /** The preferred one first; the next is taken while it rests. */
        providers: z.array(providerSchema),
        /** What would provide it. */
        needs: z.string(),
      }),
    ),
  }),
  danger: 'none',
  performanceSafe: false,
  positional: [],
  handler: ({ capabilities, breakers }) => ({
    capabilities: capabilities.list().map(({ capability, preferred, providers, by }) => ({
      ...{ capability, preferred },
      providers: providers.map(({ provider, version }) => providerResult(provider, version, breakers.view(provider))),
      needs: by,
    })),
  }),
});

export const retryProviderAction = defineAction({
  name: 'retry-provider',
  help: 'End the rest of a provider that failed too often: the next step that needs it tries it',
  params: z.strictObject({
    provider: z.string().min(1).max(200).describe('Name of the provider, as list-providers gives it').meta({ valuesFrom: 'providers' }),
  }),
  result: providerSchema,
  danger: 'changes',
  performanceSafe: false,
  positional: ['provider'],
  handler(services, { provider }) {
    const known = knownProviders(services);
    const version = known.get(provider);
    if (version === undefined) {
      const names = [...known.keys()].sort();
      const problems = `there is no provider "${provider}".${suggestion(provider, names)} Known providers: ${names.join(', ')}.`;
      throw new GrymError('GRYM_ACTION_PARAMETERS', { action: 'retry-provider', problems });
    }
    services.breakers.endRest(provider);
    return providerResult(provider, version, services.breakers.view(provider));
  },
});

export const preferProviderAction = defineAction({
  name: 'prefer-provider',
  help: 'Say who does something from now on, where several can: grym prefer-provider generate.audio.from-text procedural',
  params: z.strictObject({
    capability: z.string().min(1).max(200).describe('What is done, as list-providers gives it').meta({ valuesFrom: 'capabilities' }),
    provider: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('Who does it; left out: the built-in order again')
      .meta({ valuesFrom: 'providers' }),
  }),
  result: z.strictObject({
    capability: z.string(),
    preferred: z.string().nullable(),
    /** In the order in which they are asked. */
    providers: z.array(z.string()),
  }),
  danger: 'changes',
  performanceSafe: false,
  positional: ['capability', 'provider'],
  async handler({ capabilities }, { capability, provider }) {
    const all = capabilities.list();
    const found = all.find((entry) => entry.capability === capability);
    if (found === undefined) {
      const names = all.map((entry) => entry.capability);
      const problems = `there is no capability "${capability}".${suggestion(capability, names)} Known are ${names.join(', ')}.`;
      throw new GrymError('GRYM_ACTION_PARAMETERS', { action: 'prefer-provider', problems });
    }
    const names = found.providers.map((entry) => entry.provider);
    if (provider !== undefined && !names.includes(provider)) {
      const known = names.length === 0 ? `Nobody does it now; what would: ${found.by}.` : `Those who do are ${names.join(', ')}.`;
      const problems = `"${provider}" does not provide ${capability}.${suggestion(provider, names)} ${known}`;
      throw new GrymError('GRYM_ACTION_PARAMETERS', { action: 'prefer-provider', problems });
    }
    await capabilities.prefer(capability, provider ?? null);
    const providers = capabilities.providers(capability).map((entry) => entry.provider);
    return { capability, preferred: provider ?? null, providers };
  },
});
