import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * A script for the shell. Commands and flags are written out, so that completing them starts no process; names of workflows, runs, steps,
 * clips and bridges come from the running daemon, by the hidden command `grym complete`.
 */
export function completionScript(program: Command, shell: Shell): string {
  const commands = shownCommands(program).map((command) => ({
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

/** Commands that help lists. */
export function shownCommands(program: Command): readonly Command[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help');
}

interface CompletedCommand {
  readonly name: string;
  readonly help: string;
  readonly flags: readonly string[];
}

function bash(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, flags }) => `      ${name}) words="${flags.join(' ')}" ;;`).join('\n');
  return `_grym() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(' ')}"
  elif [[ "$current" == -* ]]; then
    case "\${COMP_WORDS[1]}" in
${cases}
    esac
  else
    mapfile -t COMPREPLY < <("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    [[ "\${COMPREPLY[0]}" == *= ]] && compopt -o nospace 2>/dev/null
    return
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _grym grym
`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name, help }) => `    '${name}:${quoteless(help)}'`).join('\n');
  const cases = commands.map(({ name, flags }) => `      ${name}) compadd -- ${flags.join(' ')} ;;`).join('\n');
  return `#compdef grym
_grym() {
  local -a commands values
  commands=(
${names}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  if [[ "\${words[CURRENT]}" == -* ]]; then
    case "\${words[2]}" in
${cases}
    esac
    return
  fi
  values=("\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- "\${(@)values:#}"
}
compdef _grym grym
`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const lines = ['complete -c grym -f'];
  for (const { name, help, flags } of commands) {
    lines.push(`complete -c grym -n __fish_use_subcommand -a ${name} -d '${quoteless(help)}'`);
    lines.push(
      `complete -c grym -n '__fish_seen_subcommand_from ${name}' -a '(grym complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
    );
    for (const flag of flags) lines.push(`complete -c grym -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}`);
  }
  return `${lines.join('\n')}\n`;
}

function quoteless(text: string): string {
  return text.replaceAll(/['":\\]/g, ' ');
}
