import type { Planner, Roles } from '../../../models/index.js';
import type { StepIo } from '../../catalogue/step-definition.js';

/** The planner that was chosen for the step. Throws GRYM_PROVIDER_GONE. */
export function plannerOf({ roles }: { readonly roles: Pick<Roles, 'planner'> }, { provider }: Pick<StepIo<never>, 'provider'>): Planner {
  return roles.planner(provider?.provider);
}
