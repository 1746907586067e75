import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { capture } from '../../test/support/captured-program.js';
import { AppError } from '../contract/errors.js';
import { messagesOf } from '../contract/messages/translate.js';
import { ProblemError } from './client.js';
import { exitCodeOf } from './follow.js';
import { Interrupted } from './interruption.js';
import { exitCodeOfError } from './report.js';
import { languageOf } from './run.js';

const commands = Object.keys(messagesOf('en').cli.commands).filter((name) => name !== 'help');
const usageHint = 'Hint: `zincir --help` lists the commands, `zincir COMMAND --help` their options.\n';

describe('help', () => {
  it.each(commands)('of %s has its summary and examples in both languages', async (command) => {
    for (const language of ['en', 'tr'] as const) {
      const texts = messagesOf(language).cli;
      const { exitCode, stdout, stderr } = await capture([command, '--help', '--lang', language]);
      // Defaults are told in the words of the language, and once.
      expect(stdout).not.toContain('(default: "');
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout.replace(/\s+/g, ' ')).toContain(texts.commands[command as keyof typeof texts.commands]);
      expect(stdout).toContain(`${texts.help.examples}\n  `);
      expect(stdout).toContain(`zincir ${command}`);
      expect(stdout).toContain('--url <address>');
    }
  });

  it('lists every command', async () => {
    const { stdout } = await capture(['--help']);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  it('is shown on stderr with exit code 2 when no command is named', async () => {
    const { exitCode, stdout, stderr } = await capture([]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: zincir [options] [command]');
  });

  it('of start lists the settings', async () => {
    expect((await capture(['start', '--help'])).stdout).toContain('ZINCIR_PORT   8000');
  });
});

describe('wrong usage', () => {
  it.each([
    [['trian'], 'There is no command trian. Did you mean train?'],
    [['train', 'x.csv', '--traget', 'y'], 'There is no option --traget. Did you mean --target?'],
    [['list', '--modl=LR'], 'There is no option --modl. Did you mean --model?'],
    [
      ['list', '--status', 'COMPLTED'],
      '--status cannot be COMPLTED; it is one of PENDING, RUNNING, COMPLETED, FAILED, CANCELLED. Did you mean COMPLETED?',
    ],
    [['list', '--limit', '0'], '--limit cannot be 0; it is a whole number from 1 to 200.'],
    [['show'], 'ID is missing.'],
    [['show', 'seven'], 'seven is not the number of a workflow.'],
    [['show', '7', '8'], 'There are more arguments than the command takes.'],
    [['compose', '--dataset-from', '1'], 'Option --config-from <id> is required.'],
    [['train', 'x.csv', '--target'], 'Option --target <column> needs a value.'],
    [['list', '--url', 'nowhere'], '--url nowhere is not an address; write it as http://host:port.'],
    [['list', '--lang', 'xx'], '--lang cannot be xx; it is one of en, tr.'],
    [['train', 'examples/iris.csv', '--model', 'XGB'], '--model cannot be XGB; it is one of LR, SVM, PER, PA, MLP.'],
    [
      ['train', 'examples/iris.csv', '--delimiter', ';;'],
      '--delimiter ;;: write one character, or comma, semicolon, tab, pipe or space.',
    ],
    [
      ['train', 'examples/iris.csv', '--encoding', 'ebcdic'],
      '--encoding cannot be ebcdic; it is one of utf-8, utf-16le, utf-16be, windows-1254, windows-1252.',
    ],
    [['train', 'examples/iris.csv', '--decimal', ';'], '--decimal cannot be ;; it is one of point, comma.'],
    [['train', 'examples/iris.csv', '--set', 'alpha'], '--set alpha: write it as name=value.'],
  ])('%j exits 2 and says what is meant', async (argv, message) => {
    const { exitCode, stdout, stderr } = await capture(argv);
    expect(stderr).toBe(`Error USAGE: ${message}\n${usageHint}`);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });

  it('is told in Turkish where that is the language', async () => {
    const { stderr } = await capture(['trian'], { environment: { LANG: 'tr_TR.UTF-8' } });
    expect(stderr.split('\n')[0]).toBe('Hata USAGE: trian adlı bir komut yok. Bunu mu demek istediniz: train?');
  });
});

describe('errors before anything is sent', () => {
  it.each([
    [['--epochs', '0'], 'PARAM_INVALID', 'epochs cannot be 0'],
    [['--epochs', '-1'], 'PARAM_INVALID', 'epochs cannot be -1'],
    [['--epochs', '1e9'], 'PARAM_INVALID', 'epochs cannot be 1000000000'],
    [['--test-size', '0'], 'PARAM_INVALID', 'test_size cannot be 0'],
    [['--test-size', '1.5'], 'PARAM_INVALID', 'test_size cannot be 1.5'],
    [['--learning-rate', 'NaN'], 'PARAM_INVALID', 'learning_rate cannot be NaN'],
    [['--drop', 'species', '--target', 'species'], 'TARGET_LEFT_OUT', 'Column species is the target'],
    [['--set', 'depth=3'], 'PARAM_UNKNOWN', 'There is no hyperparameter depth.'],
  ])('%j exits 2 with its code', async (flags, code, message) => {
    const { exitCode, stderr } = await capture(['train', 'examples/iris.csv', ...flags]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`Error ${code}: ${message}`);
    expect(stderr).not.toContain('    at ');
  });

  it('a missing file is named', async () => {
    const { exitCode, stderr } = await capture(['train', 'nowhere.csv']);
    expect(stderr).toBe('Error FILE_NOT_FOUND: There is no file nowhere.csv.\nHint: Check the path.\n');
    expect(exitCode).toBe(2);
  });

  it('a directory or a pipe in the place of the CSV is called what it is', async () => {
    expect(await capture(['train', 'examples'])).toMatchObject({
      exitCode: 2,
      stderr: 'Error FILE_IS_DIRECTORY: examples is a directory, not a file.\nHint: Name one CSV file in it.\n',
    });
    expect(await capture(['train', 'examples', '--lang', 'tr'])).toMatchObject({
      exitCode: 2,
      stderr: 'Hata FILE_IS_DIRECTORY: examples bir dosya değil, dizin.\nÖneri: İçindeki bir CSV dosyasını verin.\n',
    });
    expect((await capture(['train', '/dev/null'])).stderr).toBe(
      'Error FILE_NOT_REGULAR: /dev/null is a pipe or a device, not a file.\nHint: Write what comes from it to a file first, and name that.\n',
    );
  });

  it('the stack trace is shown with --verbose alone', async () => {
    expect((await capture(['train', 'nowhere.csv', '--verbose'])).stderr).toContain('    at ');
  });

  it('an output directory that cannot be made is told before the upload', async () => {
    const { exitCode, stderr } = await capture(['train', 'examples/iris.csv', '--out', 'package.json/out']);
    expect(stderr).toContain(
      'Error FILE_NOT_WRITABLE: package.json/out cannot be written: something above it is a file',
    );
    expect(exitCode).toBe(2);
  });

  it('with --json are one document on stdout', async () => {
    const { exitCode, stdout } = await capture(['list', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'SERVER_UNREACHABLE',
        params: { url: 'http://127.0.0.1:1' },
        message: 'No Zincir server answers at http://127.0.0.1:1.',
        hint: 'Start one with `zincir start`, or set ZINCIR_URL.',
      },
    });
    expect(exitCode).toBe(1);
  });
});

describe('exit codes', () => {
  it('tell how a workflow ended', () => {
    expect((['COMPLETED', 'FAILED', 'CANCELLED', 'RUNNING'] as const).map(exitCodeOf)).toEqual([0, 1, 130, null]);
  });

  it('tell wrong input from faults of the machinery, and Ctrl-C', () => {
    const problem = { type: 'x', title: 't', status: 422, detail: 'd', code: 'CSV_RAGGED', hint: '' };
    expect(exitCodeOfError(new ProblemError(problem))).toBe(2);
    expect(exitCodeOfError(new ProblemError({ ...problem, status: 503 }))).toBe(1);
    expect(exitCodeOfError(new AppError('SETTING_INVALID'))).toBe(2);
    expect(exitCodeOfError(new Error('boom'))).toBe(1);
    expect(exitCodeOfError(new Interrupted('SIGINT'))).toBe(130);
  });
});

describe('start', () => {
  it('hands its flags over as they were typed', async () => {
    const argv = [
      'start',
      '--host',
      '0.0.0.0',
      '--port',
      '99999',
      '--data-dir',
      'd',
      '--no-worker',
      '--concurrency',
      '2',
      '--lang',
      'tr',
    ];
    expect((await capture(argv)).started).toEqual([
      {
        settings: {
          ZINCIR_HOST: '0.0.0.0',
          ZINCIR_PORT: '99999',
          ZINCIR_DATA_DIR: 'd',
          ZINCIR_CONCURRENCY: '2',
        },
        worker: false,
        language: 'tr',
      },
    ]);
    expect((await capture(['start'])).started).toEqual([{ settings: {}, worker: true, language: 'en' }]);
  });

  it('takes every setting as a flag of its name', async () => {
    const names = Object.keys(messagesOf('en').cli.settings);
    const flagOf = (name: string) => `--${name.slice('ZINCIR_'.length).toLowerCase().replaceAll('_', '-')}`;
    const argv = ['start', ...names.flatMap((name) => [flagOf(name), `${name}'s`])];
    expect((await capture(argv)).started).toEqual([
      { settings: Object.fromEntries(names.map((name) => [name, `${name}'s`])), worker: true, language: 'en' },
    ]);
  });

  it.each(['start', 'worker', 'doctor', 'migrate'])('%s is told the addresses by flags', async (command) => {
    const { stdout } = await capture([command, '--help']);
    for (const flag of ['database-url', 'broker-url', 'storage-url']) expect(stdout).toContain(`--${flag} <address>`);
    expect(stdout).toContain('--data-dir <directory>');
  });
});

describe('doctor', () => {
  const checks = [
    { name: 'Database', ok: true, detail: 'answers' },
    { name: 'Disk', ok: false, detail: '1 MB free', hint: 'Free some space.' },
  ];

  it('exits 1 when a check fails, with the hint under it', async () => {
    const { exitCode, stdout } = await capture(['doctor'], { checks });
    expect(stdout).toBe(
      '   Check     Found\n✔  Database  answers\n✖  Disk      1 MB free\n             → Free some space.\n\n1 check failed.\n',
    );
    expect(exitCode).toBe(1);
  });

  it('exits 0 when all is well', async () => {
    const { exitCode, stdout } = await capture(['doctor', '--json'], { checks: checks.slice(0, 1) });
    expect(z.object({ ok: z.boolean() }).parse(JSON.parse(stdout)).ok).toBe(true);
    expect(exitCode).toBe(0);
  });
});

describe('the language', () => {
  it.each([
    [['--lang', 'tr'], { ZINCIR_LANG: 'en' }, 'tr'],
    [['--lang=tr'], {}, 'tr'],
    [[], { ZINCIR_LANG: 'tr', LC_ALL: 'en_US.UTF-8' }, 'tr'],
    [[], { LC_ALL: 'tr_TR.UTF-8', LANG: 'en_US.UTF-8' }, 'tr'],
    [[], { LC_ALL: '', LANG: 'tr_TR' }, 'tr'],
    [[], { LANG: 'C.UTF-8' }, 'en'],
    [[], {}, 'en'],
  ])('of %j in %j is %s', (words, environment, language) => {
    expect(languageOf(words, environment)).toBe(language);
  });
});
