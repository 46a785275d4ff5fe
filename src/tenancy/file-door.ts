import type { Caller } from './caller.js'
import type { Request } from './request.js'

/**
 * Bytes that come and go beside GraphQL, by sealed links. Declared here, where callers are known; the door takes them in
 * and sends them out, and a room says what they are.
 */
export interface FileDoor {
  /** Takes a file under a link, or throws {@link FileRefused}. */
  put(link: string, upload: FileUpload): Promise<void>
  /** Answers the file that a link leads to. `requestOf` admits a caller anew. */
  get(link: string, requestOf: (caller: Caller) => Promise<Request>): Promise<FileAnswer>
}

export interface FileUpload {
  /** What the sender says it has, in bytes; null when it says nothing. */
  length: number | null
  bytes: AsyncIterable<Buffer>
}

export interface FileAnswer {
  fileName: string
  contentType: string
  byteSize: number
  bytes: AsyncIterable<Buffer>
}

/** Why a file isn't taken or given, as an HTTP status and a sentence. */
export class FileRefused extends Error {
  readonly status: number
  readonly messageKey: string

  constructor(status: 400 | 404 | 410 | 503, messageKey: string) {
    super(messageKey)
    this.name = 'FileRefused'
    this.status = status
    this.messageKey = messageKey
  }
}
