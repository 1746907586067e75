/** A real terminal of 80 by 24, from Python's standard library, with a program in it. */
import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { binary, cleanEnvironment, killAtExit } from './program.js';

export const terminalSize = { columns: 80, rows: 24 };

/** Passes what is typed on, and all that is drawn back, and signals; ends as the program in the terminal does. */
const relay = `
import fcntl, os, pty, select, signal, struct, sys, termios
pid, screen = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', ${terminalSize.rows}, ${terminalSize.columns}, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
keys = [0]
while True:
    ready, _, _ = select.select([screen] + keys, [], [])
    if 0 in ready:
        typed = os.read(0, 4096)
        if typed: os.write(screen, typed)
        else: keys = []
    if screen in ready:
        try: drawn = os.read(screen, 65536)
        except OSError: break
        if not drawn: break
        os.write(1, drawn)
_, status = os.waitpid(pid, 0)
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
`;

const python = 'python3';

export const terminalMissing = 'needs python3 with its module pty';
export const findTerminal = (): boolean => spawnSync(python, ['-c', 'import pty, fcntl, termios']).status === 0;

export interface Terminal {
  /** All that was drawn until now, with its control sequences. */
  drawn(): string;
  type(keys: string): void;
  /** Sends a signal to the program. */
  end(signal: 'SIGTERM'): void;
  /** Exit code of the program. */
  readonly ended: Promise<number | null>;
}

/** `zincir ARGS` in a terminal. */
export function inTerminal(args: string[], env: Record<string, string> = {}): Terminal {
  const child = spawn(python, ['-c', relay, process.execPath, binary, ...args], {
    cwd: tmpdir(),
    env: cleanEnvironment({ TERM: 'xterm-256color', CI: '', NO_COLOR: '', ...env }),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  killAtExit(child);
  let drawn = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    drawn += text;
  });
  return {
    drawn: () => drawn,
    type: (keys) => void child.stdin.write(keys),
    end: (signal) => void child.kill(signal),
    ended: new Promise((resolve) => child.once('close', (code) => resolve(code))),
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences of a terminal begin with one
const sequences = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** Text without colours and the like. */
export const textOf = (drawn: string): string => drawn.replace(sequences, '');

/** What `zincir top` draws at once, line by line, without colours. */
export function framesOf(drawn: string): string[][] {
  const frames = drawn.split('\u001b[?2026h').slice(1);
  return frames.map((frame) => textOf(frame.split('\u001b[?2026l')[0] ?? '').split('\r\n'));
}
