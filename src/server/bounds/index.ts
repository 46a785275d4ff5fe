/**
 * The bounds of every operation, in the order in which they are asked.
 *
 * - **Allowance**: how many requests and points a caller and its tenant have; a bucket that fills by itself (`buckets.ts`).
 * - **Document**: how large and how deep a text may be, asked of its syntax alone (`shape.ts`).
 * - **Cost**: points of an operation by the published table, requested before it and actual after it (`cost-plan.ts`); the
 *   **bill** charges them.
 */
export {
  type AllowanceSettings,
  BURST_SECONDS,
  DEFAULT_ALLOWANCES,
  TENANT_BURST_SECONDS,
} from './allowances.js'
export type { Bill } from './bill.js'
export { Bounds } from './bounds.js'
export { Documents } from './documents.js'
export { boundTokenEndpoint, listenTo } from './listening.js'
export { chargeOperations } from './charging.js'
export { COST_TABLE } from './cost-table.js'
export { DOCUMENT_LIMITS } from './limits.js'
export { KeptDocuments, KeptTexts } from './kept-documents.js'
