/** Ids that remote control has revoked; as many, and for as long, as Celery's workers keep them. */
const mostIds = 50_000;
const keepMs = 3 * 3600 * 1000;

export class RevokedTasks {
  /** Oldest first. */
  readonly #ids = new Map<string, number>();

  add(id: string): void {
    this.#ids.delete(id);
    this.#ids.set(id, performance.now());
    if (this.#ids.size > mostIds) this.#forget();
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  list(): string[] {
    for (const [id, at] of this.#ids) {
      if (performance.now() - at < keepMs) break;
      this.#ids.delete(id);
    }
    return [...this.#ids.keys()];
  }

  #forget(): void {
    for (const id of this.#ids.keys()) {
      this.#ids.delete(id);
      return;
    }
  }
}
