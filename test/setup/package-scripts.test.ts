import { existsSync, readFileSync } from 'node:fs';
import { inProject } from '../../scripts/setup/project.mjs';

const { scripts, bin } = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as {
  scripts: Record<string, string>;
  bin: Record<string, string>;
};

describe('the scripts of package.json', () => {
  it.each(Object.entries(scripts))('%s names only files that there are', (_name, command) => {
    const files = command.split(/\s+/).filter((word) => /^(scripts|test|protocol|tsconfig)\S*\.(mjs|ts|json)$/.test(word));
    expect(files.filter((file) => !existsSync(inProject(file)))).toEqual([]);
  });

  it.each(Object.entries(bin))('the command %s is there and runs by itself', (_name, file) => {
    expect(readFileSync(inProject(file), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});
