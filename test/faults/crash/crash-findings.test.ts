import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { temporaryFolders } from '../../daemon/doubles/index.js';
import { campaignRound } from '../../daemon/workflow/campaign-steps/campaign-requests.js';
import { readMarks } from '../../daemon/workflow/campaign-steps/campaign-ground.js';
import { CompiledPrograms } from '../support/compiled-programs.js';
import { findingsOf, type CrashFindings } from './crash-findings.js';
import { CHILD, Children, DATABASE_FILE } from './crash-trial.js';

// That the campaign would see what it looks for: each kind of damage, done by hand.
const folder = temporaryFolders();
const asked = campaignRound(0);
const root = mkdtempSync(join(tmpdir(), 'grym-findings-'));
const whole = join(root, 'whole');

beforeAll(async () => {
  const programs = new CompiledPrograms();
  const children = new Children(programs.program(CHILD));
  const { finished, errors } = await children.run(whole, asked);
  children.dispose();
  programs.dispose();
  if (!finished) throw new Error(errors);
});
afterAll(() => rmSync(root, { recursive: true }));

function afterDamage(damage: (data: string) => void, accepted: readonly string[] = []): CrashFindings {
  const data = join(folder(), 'damaged');
  cpSync(whole, data, { recursive: true });
  damage(data);
  return findingsOf({ disturbed: data, undisturbed: whole, accepted: new Set(accepted), asked });
}

function sql(text: string): (data: string) => void {
  return (data) => {
    const database = new SqliteDatabase(join(data, DATABASE_FILE));
    database.exec(text);
    database.close();
  };
}

const ofChain = "(SELECT sequence FROM runs WHERE request_key = '0/chain')";

test('nothing is found where nothing is wrong', () => {
  const findings = afterDamage(() => undefined, ['0/chain', '0/rerun']);
  expect(findings.problems).toEqual([]);
  // With the re-run, and with the run that carries out a plan; whether the one of the cancelled plan had begun is a matter of time.
  expect([asked.length + 2, asked.length + 3]).toContain(findings.runs);
  expect(findings).toMatchObject({ lost: 0, doubled: 0, ranAgain: 0, different: 0, damaged: 0 });
});

test('a run that is gone is lost', () => {
  expect(afterDamage(sql("DELETE FROM runs WHERE request_key = '0/loop'"), ['0/loop'])).toMatchObject({ lost: 1 });
});

test('a run that did not end is lost', () => {
  expect(afterDamage(sql("UPDATE runs SET state = 'running' WHERE request_key = '0/loop'"))).toMatchObject({ lost: 1 });
});

test('a result that was committed twice is doubled', () => {
  expect(afterDamage(sql('INSERT INTO campaign_commits (key) SELECT key FROM campaign_commits LIMIT 1'))).toMatchObject({ doubled: 1 });
});

test('a result without its commit is found', () => {
  expect(afterDamage(sql('DELETE FROM campaign_commits WHERE ordinal = 1')).doubled).toBe(1);
});

test('a step that ran after its commit, or with the number of an earlier start, is found', () => {
  const again = afterDamage((data) => {
    const [mark] = readMarks(data);
    appendFileSync(join(data, 'executions.jsonl'), `${JSON.stringify({ ...mark, attempt: 2, afterCommit: true })}\n`);
    appendFileSync(join(data, 'executions.jsonl'), `${JSON.stringify(mark)}\n`);
  });
  expect(again.ranAgain).toBe(2);
});

test('another output, input or end is different', () => {
  expect(afterDamage(sql(`UPDATE activations SET output = '{}' WHERE path = 'begin' AND run = ${ofChain}`)).different).toBe(1);
  expect(afterDamage(sql(`UPDATE activations SET input = '{}' WHERE path = 'end' AND run = ${ofChain}`)).different).toBe(1);
  expect(afterDamage(sql(`UPDATE runs SET outputs = '{}' WHERE sequence = ${ofChain}`)).different).toBe(1);
});

function firstDocument(data: string): string {
  const name =
    readdirSync(join(data, 'contexts'))
      .sort()
      .find((file) => !file.includes('previous')) ?? '';
  return join(data, 'contexts', name);
}

test('a document with one other letter, and one that is cut off, are damaged', () => {
  const changed = afterDamage((data) => {
    const file = firstDocument(data);
    writeFileSync(file, readFileSync(file, 'utf8').replace('campaign', 'Campaign'));
  });
  expect(changed.damaged).toBe(1);
  const cut = afterDamage((data) => {
    const file = firstDocument(data);
    writeFileSync(file, readFileSync(file).subarray(0, -10));
  });
  expect(cut.damaged).toBe(1);
});
