import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { tone } from './support/sounds.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

const folder = temporaryFolders();
let bench: StepBench;
beforeEach(async () => {
  bench = await openStepBench(folder());
});
afterEach(() => bench.close());

const clipOf = async (name: string, hertz: number): Promise<string> => (await bench.file(tone(hertz, 0.1), { name })).hash;

describe('tag', () => {
  it('writes tags by which the search finds the clip', async () => {
    const clip = await clipOf('one', 200);
    await clipOf('two', 300);
    const { output } = await bench.run('tag', { clip: clip.slice(0, 10), add: ['Dark', 'for the chorus'] });
    expect(output).toMatchObject({ clip, tags: ['dark', 'for the chorus'] });
    expect(bench.library.list({ text: 'chorus' }).map(({ name }) => name)).toEqual(['one']);
    expect(bench.library.list({ text: 'one dark' }).map(({ name }) => name)).toEqual(['one']);
    expect(bench.library.list({ text: 'two dark' })).toEqual([]);
  });

  it('takes tags away, and may be done twice', async () => {
    const clip = await clipOf('one', 200);
    await bench.run('tag', { clip, add: ['a', 'b'] });
    for (let time = 0; time < 2; time += 1) {
      const { output } = await bench.run('tag', { clip, add: ['c'], remove: ['a', 'never there'] });
      expect(output.tags).toEqual(['b', 'c']);
      expect(bench.services.tags.of(clip)).toEqual(['b', 'c']);
    }
  });

  it('changes nothing before its result is committed', async () => {
    const clip = await clipOf('one', 200);
    await bench.attempt('tag', { clip, add: ['a'] });
    expect(bench.services.tags.of(clip)).toEqual([]);
  });

  it('keeps a tag that is both added and taken away', async () => {
    const clip = await clipOf('one', 200);
    expect((await bench.run('tag', { clip, add: ['a'], remove: ['a'] })).output.tags).toEqual(['a']);
  });

  it.each(['', ' ', 'a\nb', '%', 'x'.repeat(61), '-a'])('refuses the tag %j', (tag) => {
    expect(bench.step('tag').input.safeParse({ clip: 'abcd', add: [tag] }).success).toBe(false);
  });

  it('refuses a clip that is not there', async () => {
    await expect(bench.run('tag', { clip: 'abcdef', add: ['a'] })).rejects.toMatchObject({ code: 'GRYM_CLIP_UNKNOWN' });
  });
});

describe('select-clips', () => {
  it('lists the clips that have all of the tags, newest first', async () => {
    const [one, two, three] = [await clipOf('one', 200), await clipOf('two', 300), await clipOf('three', 400)];
    await bench.run('tag', { clip: one, add: ['a', 'b'] });
    await bench.run('tag', { clip: two, add: ['a'] });
    await bench.run('tag', { clip: three, add: ['a', 'b'] });
    expect((await bench.run('select-clips', { tags: ['B', 'a'] })).output).toEqual({ clips: [three, one], count: 2 });
    expect((await bench.run('select-clips', { tags: ['a'], limit: 1 })).output.clips).toEqual([three]);
  });

  it('lists those without any tag', async () => {
    const [one, two] = [await clipOf('one', 200), await clipOf('two', 300)];
    await bench.run('tag', { clip: one, add: ['a'] });
    expect((await bench.run('select-clips', { untagged: true })).output.clips).toEqual([two]);
  });

  it('filters by words and verdict', async () => {
    const [one, two] = [await clipOf('dark one', 200), await clipOf('dark two', 300)];
    bench.library.keep(two);
    expect((await bench.run('select-clips', { text: 'dark' })).output.clips).toEqual([two, one]);
    expect((await bench.run('select-clips', { text: 'dark', verdict: 'kept' })).output.clips).toEqual([two]);
  });

  it('may find none', async () => {
    expect((await bench.run('select-clips', {})).output).toEqual({ clips: [], count: 0 });
  });
});
