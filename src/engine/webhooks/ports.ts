/** Calls the address of a webhook. */
export interface WebhookCaller {
  /**
   * One POST, without following redirects.
   * @returns the status of the answer, whatever it is
   * @throws Error in words for an operator: no answer in time, an address that may not be called, a broken connection
   */
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<number>;
}
