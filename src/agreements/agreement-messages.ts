import { addMessages } from '../platform/language.js'

addMessages({
  NOT_AN_AGREEMENT: {
    en: 'This text is no maintenance agreement of the known form: it takes numbered clauses such as 2.3.1 and both parties (甲方, 乙方).',
    'zh-CN': '该文本不是可识别的维护协议:应包含编号条款(如 2.3.1)以及甲方、乙方。',
  },
  TEXT_TOO_LARGE: { en: 'The text is over {max} kB.', 'zh-CN': '文本超过 {max} kB。' },
  NUMBER_TAKEN: {
    en: 'Another agreement has this number (合同编号).',
    'zh-CN': '该合同编号已被另一协议使用。',
  },
  MORE_THAN: { en: 'More than {min}.', 'zh-CN': '必须大于 {min}。' },
  CONTENT_CHANGED: {
    en: 'The text changed since you read it: read the version again and sign its contentHash.',
    'zh-CN': '文本已变更:请重新阅读该版本,并对其 contentHash 签署。',
  },
  ONLY_ON_PAPER: {
    en: 'Only an act on paper has it (method PAPER): online it counts when it is accepted.',
    'zh-CN': '仅适用于纸面签署(method 为 PAPER):在线签署以受理时间为准。',
  },
  OTHER_SIDE: { en: 'Only the other side may do this.', 'zh-CN': '此操作只能由对方完成。' },
  AMENDMENT_OPEN: {
    en: 'It is being amended already: sign that version or give it up first.',
    'zh-CN': '该协议已有变更在拟定或待生效:请先签署或放弃该版本。',
  },
  NUMBER_STAYS: {
    en: 'An amendment keeps the number of its agreement (合同编号).',
    'zh-CN': '变更协议不改变合同编号。',
  },
  EFFECTIVE_IN_PAST: {
    en: 'An amendment holds from now on at the earliest.',
    'zh-CN': '变更最早自此刻起生效。',
  },
  EFFECTIVE_AFTER_END: {
    en: 'The agreement ends before that: renew it instead.',
    'zh-CN': '协议在该时刻之前届满:请改为续签。',
  },
  RENEWED_ALREADY: {
    en: 'It has been renewed already.',
    'zh-CN': '该协议已续签。',
  },
  SIGNED_ALREADY: { en: 'This side has done this act already.', 'zh-CN': '该方已完成此签署行为。' },
  TEXT_CUT_OFF: { en: 'The text ends in the middle of a sentence.', 'zh-CN': '文本在句中被截断。' },
  FIX_SOONER_THAN_RESPONSE: { en: 'The fix is due before the response.', 'zh-CN': '修复时限早于响应时限。' },
  SERVICE_TERM_DIFFERS: {
    en: 'The service term differs from the term of the agreement (clause 1.3.1).',
    'zh-CN': '维护服务期限与协议有效期(1.3.1)不一致。',
  },
  UPDATE_WINDOW_WITHIN_LEAD: {
    en: 'The window to update is no longer than the lead of the notice (clause 6.2.1): it can end before the version goes live.',
    'zh-CN': '更新期限不长于通知提前期(6.2.1):可能在版本上线前届满。',
  },
})
