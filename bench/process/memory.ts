import { readFileSync } from 'node:fs';

/** Bytes that the process `pid` holds now; null where the system has no /proc or the process has ended. */
export function heldBytes(pid: number): number | null {
  return fromProc(String(pid), 'VmRSS');
}

/** The most bytes that this process ever held. */
export function peakBytes(): number {
  // Without /proc from getrusage, which on Linux would start from what the parent held when it spawned this process.
  return fromProc('self', 'VmHWM') ?? 1024 * process.resourceUsage().maxRSS;
}

function fromProc(pid: string, field: 'VmRSS' | 'VmHWM'): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kibibytes = new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1];
    return kibibytes === undefined ? null : 1024 * Number(kibibytes);
  } catch {
    return null;
  }
}
