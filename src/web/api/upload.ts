/** An upload that tells how far it is and can be stopped; `fetch` cannot tell. */
import { Dataset } from '../../contract/entities.js';
import { parseAnswer, unreachable } from './client.js';

export interface Upload {
  done: Promise<Dataset>;
  /** Stops it; `done` then rejects with an `AbortError`. */
  cancel: () => void;
}

/** Sends a file as a new dataset. `onProgress` hears the share that is sent, 0 to 1. */
export function uploadDataset(file: File, onProgress: (share: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<Dataset>((resolve, reject) => {
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      try {
        resolve(parseAnswer(Dataset, request.status, request.responseText));
      } catch (error) {
        reject(error);
      }
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'));
    request.open('POST', '/api/datasets');
    request.setRequestHeader('accept-language', document.documentElement.lang);
    const form = new FormData();
    form.append('file', file);
    request.send(form);
  });
  return { done, cancel: () => request.abort() };
}
