/** What the contract reader's tests share: texts, and reading that expects success. */
import { existsSync, readFileSync } from 'node:fs'
import { type ContractReading, readContract } from '../../src/agreements/contract-reader.js'
import { standardFormText } from '../../src/agreements/standard-form.js'
import type { TermValues } from '../../src/agreements/terms.js'

/** The standard form as it circulates. Its wording isn't ours, so it stays outside the repository. */
export const SHARED_FORM = new URL('../../../shared/contract/', import.meta.url)
export const hasSharedForm = existsSync(SHARED_FORM)
export const SHARED_NAMES = [
  'template-as-crawled',
  'filled-arabic-numerals',
  'filled-chinese-numerals',
  'filled-partly',
] as const

export const sharedText = (name: string): string => readFileSync(new URL(`${name}.txt`, SHARED_FORM), 'utf8')

export const sampleText = (name: string): string =>
  readFileSync(new URL(`./samples/${name}.txt`, import.meta.url), 'utf8')

export function read(text: string): ContractReading {
  const result = readContract(text)
  if ('refusal' in result) throw new Error(`refused: ${result.refusal}`)
  return result.reading
}

/** Every blank filled, the way a careful clerk does it. */
export const FILLED: TermValues = {
  contractNumber: 'SY-2026-08',
  providerName: '成都明回软件有限公司',
  customerName: '绵阳青禾（集团）商贸有限公司',
  termYears: '3',
  responseHours: '2',
  fixHours: '24',
  serviceTermYears: '3',
  confidentialityYears: '5',
  liquidatedDamagesPercent: '7.5',
  upgradeNoticeWorkingDays: '5',
  updateWindowWorkingDays: '10',
  upgradeProblemResponseHours: '0.5',
  supportResponseHours: '8',
  restoreHours: '12',
}

export const FILLED_TEXT = standardFormText(FILLED)
