import { parse } from 'yaml';
import { createTemplatePlanner } from '../../../../daemon/models/planner/index.js';
import { readRequests, scoreOf, FACTS, isSaid } from '../../../bench/planner/score.js';
import { BRIDGE, options, requestOf } from './support/ask.js';

const planner = createTemplatePlanner();

it('several deeds become several steps, each with the clip of the one before', async () => {
  const request = requestOf("vary my last two bars, fit the result to 122 and tag it as 'drop', 'night'", BRIDGE);
  const plan = await planner.plan(request, options());
  expect(plan.workflow).toBeNull();
  expect(request.check(plan.document)).toEqual([]);
  expect((parse(plan.document) as { steps: unknown }).steps).toEqual([
    { id: 'planned', workflow: 'vary-what-i-played', with: { bridge: 'Keys', bars: 2 } },
    { id: 'fit', workflow: 'clean-up-and-fit', with: { tempoBpm: 122, bridge: 'Keys', clip: '${ steps.planned.clip }' } },
    { id: 'tag', use: 'tag', with: { clip: '${ steps.fit.clip }', add: ['drop', 'night'] } },
  ]);
});

it('an export without a folder is left out, and that is said', async () => {
  const plan = await planner.plan(requestOf('house piano, export it as wav'), options());
  expect(plan).toMatchObject({ workflow: 'generate' });
  expect(plan.reasons).toContain('The export was left out: no folder is known for it.');
});

it('tagging the library writes down words only where that is asked for', async () => {
  const inputs = async (request: string) => (await planner.plan(requestOf(request), options())).inputs;
  expect(await inputs('tag everything in my library')).toMatchObject({ transcribe: false });
  expect(await inputs('transcribe and tag all my recordings')).toMatchObject({ transcribe: true });
});

it('nine of ten facts of the requests of the bench are right, and of those that are said', async () => {
  const { requests } = readRequests(new URL('../../../bench/planner/requests.json', import.meta.url));
  const count = { right: 0, all: 0, saidRight: 0, said: 0 };
  for (const entry of requests) {
    const request = requestOf(entry.request, entry.known);
    const plan = await planner.plan(request, options());
    const score = scoreOf(entry, plan, request.check(plan.document));
    for (const fact of FACTS) {
      count.all += 1;
      count.right += Number(score[fact]);
      count.said += Number(isSaid(entry, fact));
      count.saidRight += Number(isSaid(entry, fact) && score[fact]);
    }
  }
  expect(count.right / count.all).toBeGreaterThanOrEqual(0.9);
  expect(count.saidRight / count.said).toBeGreaterThanOrEqual(0.9);
  expect(requests).toHaveLength(60);
});
