import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A script for the shell that completes commands and flags; written out, so that completing starts no process. */
export function completionScript(program: Command, shell: Shell): string {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    help: command.description(),
    flags: [...new Set([...command.options, ...program.options].flatMap((option) => (option.long ? [option.long] : [])))],
  }));
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
  }
}

interface CompletedCommand {
  readonly name: string;
  readonly help: string;
  readonly flags: readonly string[];
}

function bash(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, flags }) => `    ${name}) words="${flags.join(' ')}" ;;`).join('\n');
  return `_grym() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(' ')}"
  else
    case "\${COMP_WORDS[1]}" in
${cases}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _grym grym
`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name, help }) => `    '${name}:${quoteless(help)}'`).join('\n');
  const cases = commands.map(({ name, flags }) => `    ${name}) compadd -- ${flags.join(' ')} ;;`).join('\n');
  return `#compdef grym
_grym() {
  local -a commands
  commands=(
${names}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "\${words[2]}" in
${cases}
  esac
}
compdef _grym grym
`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const lines = ['complete -c grym -f'];
  for (const { name, help, flags } of commands) {
    lines.push(`complete -c grym -n __fish_use_subcommand -a ${name} -d '${quoteless(help)}'`);
    for (const flag of flags) lines.push(`complete -c grym -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}`);
  }
  return `${lines.join('\n')}\n`;
}

function quoteless(text: string): string {
  return text.replaceAll(/['":\\]/g, ' ');
}
