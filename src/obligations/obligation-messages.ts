import { addMessages } from '../platform/language.js'

addMessages({
  CLOCK_STARTED: { en: 'The clock started.', 'zh-CN': '开始计时。' },
  CLOCK_DUE_HOURS: {
    en: 'Due {quantity} hours later, on the wall clock.',
    'zh-CN': '{quantity} 小时后到期(自然小时)。',
  },
  CLOCK_DUE_SLOT: {
    en: 'The grace of {quantity} minutes after the slot ends.',
    'zh-CN': '计划时刻后 {quantity} 分钟宽限期届满。',
  },
  CLOCK_DUE_DAYS: {
    en: 'Due when the last of {quantity} days ends, the first day not counted. Rest days do not move it.',
    'zh-CN': '{quantity} 日期满之日终了时到期(首日不计,不因休息日顺延)。',
  },
  CLOCK_PAUSED: {
    en: 'The clock stands still: its scope was suspended.',
    'zh-CN': '所属范围中止,暂停计时。',
  },
  CLOCK_RESUMED: { en: 'The clock goes on with what was left.', 'zh-CN': '恢复计时,剩余时间顺延。' },
  CLOCK_REOPENED: {
    en: 'What had met it turned out not to have happened.',
    'zh-CN': '原视为完成的事实未成立,继续计时。',
  },
  CLOCK_STOPPED: { en: 'Done.', 'zh-CN': '已完成。' },
  CLOCK_MISSED: { en: 'The due instant passed and it was not done.', 'zh-CN': '已逾期,未完成。' },
  CLOCK_CANCELLED: { en: 'What it was about went away.', 'zh-CN': '所涉事项已撤销。' },
})
