import { z } from 'zod';
import { table } from '../table.js';
import { shortened } from './format.js';

const providerView = z.object({
  provider: z.string(),
  version: z.string(),
  breaker: z.string(),
  failures: z.number(),
  restSeconds: z.number(),
  lastError: z.string(),
});
type ProviderView = z.infer<typeof providerView>;

const LONGEST_ERROR = 80;

function stateText({ breaker, failures, restSeconds, lastError }: ProviderView): string {
  if (failures === 0) return 'ready';
  const times = `${failures} ${failures === 1 ? 'failure' : 'failures'} in a row, last: ${shortened(lastError, LONGEST_ERROR)}`;
  if (breaker === 'open') return `rests for ${restSeconds} s more; ${times}`;
  return `${breaker === 'half-open' ? 'is tried once more' : 'ready'}; ${times}`;
}

export function presentProviders(result: unknown): string {
  const view = z.object({ capability: z.string(), preferred: z.string().nullable(), providers: z.array(providerView), needs: z.string() });
  const { capabilities } = z.object({ capabilities: z.array(view) }).parse(result);
  const rows = capabilities.flatMap(({ capability, preferred, providers, needs }) =>
    providers.length === 0
      ? [[capability, '–', '', `not there; would be provided by ${needs}`]]
      : providers.map((provider, index) => [
          index === 0 ? capability : '',
          provider.provider,
          provider.version,
          `${stateText(provider)}${provider.provider === preferred ? '; preferred by you' : ''}`,
        ]),
  );
  return table(['CAPABILITY', 'PROVIDER', 'VERSION', 'STATE'], rows);
}

export function presentOneProvider(result: unknown): string {
  const provider = providerView.parse(result);
  return `${provider.provider}: ${stateText(provider)}\n`;
}

export function presentPreference(result: unknown): string {
  const view = z.object({ capability: z.string(), preferred: z.string().nullable(), providers: z.array(z.string()) });
  const { capability, preferred, providers } = view.parse(result);
  const order = providers.length === 0 ? 'nobody does it now' : providers.join(', then ');
  return `${capability}: ${order}${preferred === null ? ' (the built-in order)' : ''}\n`;
}
