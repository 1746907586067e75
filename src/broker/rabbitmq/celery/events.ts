/**
 * Celery's events: what workers and senders of tasks say of themselves to all who listen at the exchange `celeryev`,
 * such as Flower and `celery events`.
 *
 * Those of tasks that a worker runs are many and come in bursts, so they go together, as Celery's do; those of workers
 * and of senders go one by one.
 *
 * Source: https://docs.celeryq.dev/en/stable/userguide/monitoring.html#event-reference, celery.events.dispatcher
 */
import type { LamportClock } from './lamport-clock.js';
import type { Exchange, Voice } from './voice.js';

export const eventExchange: Exchange = { exchange: 'celeryev', type: 'topic', durable: true };

/** As many, or as long, as Celery gathers. */
const mostGathered = 24;
const gatherMs = 100;

export interface EventSender {
  readonly voice: Voice;
  readonly clock: LamportClock;
  /** Node name, `name@host`. */
  readonly hostname: string;
  readonly now: () => Date;
}

export class Events {
  readonly #sender: EventSender;
  #gathered: object[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(sender: EventSender) {
    this.#sender = sender;
  }

  /** @param type such as `worker-online`, `task-sent` */
  send(type: string, fields: object, at?: Date): void {
    this.#publish(type.replace('-', '.'), this.#event(type, fields, at));
  }

  /** To be sent soon, with others. */
  gather(type: string, fields: object, at?: Date): void {
    this.#gathered.push(this.#event(type, fields, at));
    if (this.#gathered.length >= mostGathered) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), gatherMs);
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const gathered = this.#gathered;
    this.#gathered = [];
    if (gathered.length > 0) this.#publish('task.multi', gathered);
  }

  /** Without `utcoffset`: a receiver would shift the time by its own zone. */
  #event(type: string, fields: object, at = this.#sender.now()): object {
    const { hostname, clock } = this.#sender;
    return { type, hostname, pid: process.pid, clock: clock.forward(), timestamp: at.getTime() / 1000, ...fields };
  }

  #publish(routingKey: string, body: object): void {
    const { voice, hostname } = this.#sender;
    const { exchange } = eventExchange;
    voice.say({ exchange, routingKey, durable: false, priority: 0, headers: { hostname } }, body);
  }
}
