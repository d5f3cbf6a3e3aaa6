/** A licence as it is shown before anything is fetched. */
export interface Licence {
  /** What is typed to accept it; the SPDX identifier where there is one. */
  readonly name: string;
  readonly spdx: string | null;
  /** What it forbids or asks for, in one plain sentence. */
  readonly meaning: string;
  readonly address: string;
}

/** Of the weights and of what is made with them; not legal advice, which is why the address is always shown. */
export const LICENCES = {
  MIT: {
    name: 'MIT',
    spdx: 'MIT',
    meaning: 'It forbids nothing you would do with a model: use it for anything, and keep the notice when you pass the files on.',
    address: 'https://spdx.org/licenses/MIT.html',
  },
  'Apache-2.0': {
    name: 'Apache-2.0',
    spdx: 'Apache-2.0',
    meaning:
      'Use it for anything; whoever passes the files on keeps the notices, says what was changed, and does not use the makers’ trade marks.',
    address: 'https://www.apache.org/licenses/LICENSE-2.0',
  },
  'CC-BY-NC-SA-4.0': {
    name: 'CC-BY-NC-SA-4.0',
    spdx: 'CC-BY-NC-SA-4.0',
    meaning:
      'It forbids commercial use: nothing for which you are paid, or which advertises something; whoever passes on the weights or changed ones names the makers and keeps this licence.',
    address: 'https://creativecommons.org/licenses/by-nc-sa/4.0/legalcode',
  },
} as const satisfies Record<string, Licence>;

export type LicenceName = keyof typeof LICENCES;
export const LICENCE_NAMES = Object.keys(LICENCES) as readonly LicenceName[];
