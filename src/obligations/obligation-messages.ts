import { addMessages } from '../platform/language.js'

addMessages({
  CLOCK_STARTED: { en: 'The clock started.', 'zh-CN': '开始计时。' },
  CLOCK_DUE_HOURS: {
    en: 'Due {quantity} hours later, on the wall clock.',
    'zh-CN': '{quantity} 小时后到期(自然小时)。',
  },
  CLOCK_DUE_SLOT: {
    en: 'The grace of {quantity} hours after the slot ends.',
    'zh-CN': '计划时刻后 {quantity} 小时宽限期届满。',
  },
  CLOCK_STOPPED: { en: 'Done.', 'zh-CN': '已完成。' },
  CLOCK_MISSED: { en: 'The due instant passed and it was not done.', 'zh-CN': '已逾期,未完成。' },
  CLOCK_CANCELLED: { en: 'What it was about went away.', 'zh-CN': '所涉事项已撤销。' },
})
