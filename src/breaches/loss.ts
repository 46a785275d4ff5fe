/**
 * What an actual loss does to a price (5.3.2, Civil Code art. 585 and its interpretation). A flag and a figure for counsel:
 * nothing is ever reduced by itself.
 */

/** What the damages leave of a loss: the total is the higher of the two, never their sum. */
export const topUpOf = (loss: bigint | null, damages: bigint): bigint =>
  loss !== null && loss > damages ? loss - damages : 0n

/** Damages over this part of the loss may be reduced: 130 %, in tenths. */
const CEILING_TENTHS = 13n

/** 130 % of a loss, rounded half up to the minor unit. */
export const ceilingOf = (loss: bigint): bigint => (loss * CEILING_TENTHS * 2n + 10n) / 20n

export const isOverCeiling = (damages: bigint, loss: bigint): boolean => damages * 10n > loss * CEILING_TENTHS
