/**
 * Calls the address of a webhook. Only the operator can name one, in the settings; still, what stands behind a name may
 * change, and an answer may lead elsewhere. So every address that a name resolves to is looked at, the connection goes
 * to the one that was looked at, redirects are not followed, and of an answer only the status is read.
 */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, connect, isIP, type LookupFunction } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { WebhookCaller } from '../engine/webhooks/ports.js';

/** From the name's resolution to the status of the answer. */
const callWithinMs = 10_000;
const tryWithinMs = 3_000;

const subnets = (family: 'ipv4' | 'ipv6', ...networks: string[]): BlockList => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
};

/** Never: this host by no address, link-local (where clouds answer with credentials), other clouds' of that kind, multicast, reserved. */
const never = {
  4: subnets('ipv4', '0.0.0.0/8', '169.254.0.0/16', '100.100.100.200/32', '192.0.0.0/24', '224.0.0.0/4', '240.0.0.0/4'),
  6: subnets('ipv6', '::/128', 'fe80::/10', 'fd00:ec2::254/128', 'ff00::/8'),
};
/** With the operator's word only: this machine, private networks, carriers' networks. */
const inside = {
  4: subnets('ipv4', '127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15'),
  6: subnets('ipv6', '::1/128', 'fc00::/7', 'fec0::/10'),
};

export interface CallerOptions {
  /** Addresses of this machine and of private networks may be called. */
  allowPrivate: boolean;
}

/** Why an address may not be called; null where it may. */
export function refusalOf(address: string, { allowPrivate }: CallerOptions): string | null {
  const plain = embeddedIpv4(address) ?? address;
  const family = isIP(plain);
  if (family !== 4 && family !== 6) return `${address} is no address`;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  if (never[family].check(plain, kind)) return `${address} is never called (link-local, metadata or reserved)`;
  if (!allowPrivate && inside[family].check(plain, kind)) {
    return `${address} is private; ZINCIR_WEBHOOK_PRIVATE=true allows it`;
  }
  return null;
}

/** The address that the connection goes to. @throws Error where a name resolves to one that may not be called */
export async function resolveTarget(url: string, options: CallerOptions): Promise<{ address: string; family: 4 | 6 }> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const found = await lookup(host, { all: true });
  for (const { address } of found) {
    const refusal = refusalOf(address, options);
    if (refusal !== null) throw new Error(host === address ? refusal : `${host}: ${refusal}`);
  }
  const [first] = found;
  if (first === undefined) throw new Error(`${host} has no address`);
  return { address: first.address, family: first.family === 6 ? 6 : 4 };
}

/** Connects and sends nothing. @throws Error in words for an operator */
export async function tryTarget(url: string, options: CallerOptions): Promise<void> {
  const { protocol, hostname, port } = new URL(url);
  const signal = AbortSignal.timeout(tryWithinMs);
  const secure = protocol === 'https:';
  try {
    const { address } = await Promise.race([resolveTarget(url, options), rejectedBy(signal)]);
    const where = { host: address, port: Number(port) || (secure ? 443 : 80) };
    const named = isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: hostname } : {};
    const socket = secure ? connectTls({ ...where, ...named }) : connect(where);
    try {
      await once(socket, secure ? 'secureConnect' : 'connect', { signal });
    } finally {
      socket.destroy();
    }
  } catch (thrown) {
    if (signal.aborted) throw new Error(`no answer within ${tryWithinMs / 1000} s`);
    throw thrown;
  }
}

export function createWebhookCaller(options: CallerOptions): WebhookCaller {
  return {
    async post(url, headers, body) {
      const signal = AbortSignal.timeout(callWithinMs);
      try {
        // A resolver cannot be interrupted, but nobody need wait for it.
        const target = await Promise.race([resolveTarget(url, options), rejectedBy(signal)]);
        return await send(url, target, headers, body, signal);
      } catch (thrown) {
        if (signal.aborted) throw new Error(`no answer within ${callWithinMs / 1000} s`);
        throw thrown;
      }
    },
  };
}

function send(
  url: string,
  target: { address: string; family: 4 | 6 },
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<number> {
  const request = new URL(url).protocol === 'https:' ? requestHttps : requestHttp;
  // A name that resolved to a good address a moment ago may resolve to another now.
  const pinned: LookupFunction = (_, { all }, done) => {
    if (all) done(null, [target]);
    else done(null, target.address, target.family);
  };
  const length = String(Buffer.byteLength(body));
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { method: 'POST', agent: false, lookup: pinned, signal, headers: { ...headers, 'content-length': length } },
      (response) => {
        // What it says beside its status may be endless.
        response.on('error', () => {});
        response.destroy();
        resolve(response.statusCode ?? 0);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

/** `::ffff:10.0.0.1`, `::ffff:a00:1` and NAT64's `64:ff9b::a00:1` reach the IPv4 address in them. */
function embeddedIpv4(address: string): string | null {
  const [, text = ''] = /^(?:::ffff:(?:0:)?|64:ff9b::)(.+)$/i.exec(address) ?? [];
  if (isIP(text) === 4) return text;
  const [, high = '', low = ''] = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(text) ?? [];
  if (high === '') return null;
  const bits = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}
