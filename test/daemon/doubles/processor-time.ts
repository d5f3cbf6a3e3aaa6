/** What this process has computed so far, in milliseconds: unlike the clock it stands still while other programs have the processor. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
