import { addMessages } from '../platform/language.js'

addMessages({
  AMOUNT_DECIMALS: {
    en: 'The amount has more decimals than its currency.',
    'zh-CN': '金额的小数位数超过该币种的最小单位。',
  },
  FEES_SIGNED: {
    en: 'Both sides signed this version with its fees: only another version changes them.',
    'zh-CN': '双方已就本版本的费用签署:仅可通过新版本变更。',
  },
  NO_FEE_SCHEDULE: {
    en: 'The version in force has no fee schedule: set one, or give the lines.',
    'zh-CN': '生效版本没有费用表:请先设置费用表,或直接提供明细。',
  },
  LINES_OR_PERIOD: {
    en: 'Give the lines or the period, not both.',
    'zh-CN': '明细与计费期只能提供其一。',
  },
  NET_OR_GROSS: {
    en: 'Give the net or the gross amount of a line, and not both.',
    'zh-CN': '每行须且仅须提供不含税金额或含税金额之一。',
  },
  PERIOD_BILLED: {
    en: 'This period is billed already by an invoice that stands.',
    'zh-CN': '该计费期已由有效发票开具。',
  },
  BEFORE_AGREEMENT: {
    en: 'The agreement had not come into force by that day.',
    'zh-CN': '该日协议尚未生效。',
  },
  RECEIVED_BEFORE_ISSUE: {
    en: 'An invoice is not received before it is issued.',
    'zh-CN': '收到日期不得早于开具日期。',
  },
  OTHER_CURRENCY: {
    en: 'The invoice is in another currency.',
    'zh-CN': '发票为其他币种。',
  },
  PAYMENT_RECORDED: {
    en: 'A payment with this reference is recorded on this invoice already.',
    'zh-CN': '该发票已登记相同流水号的付款。',
  },
})
