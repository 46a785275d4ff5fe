/**
 * The bounds of every operation, in the order in which they are asked.
 *
 * - **Document**: how large and how deep a text may be, asked of its syntax alone (`shape.ts`).
 */
export { Bounds } from './bounds.js'
export { DOCUMENT_LIMITS } from './limits.js'
export { KeptDocuments } from './kept-documents.js'
