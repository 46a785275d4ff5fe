import { addMessages } from '../platform/language.js'

addMessages({
  CORRECTS_NO_FACT: {
    en: 'That step is no fact that stands: name the step of the fact itself.',
    'zh-CN': '该步骤不是有效的事实，请指明事实所在的步骤。',
  },
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
    en: 'Due when the last of {quantity} days ends, the first day not counted.',
    'zh-CN': '{quantity} 日期满之日终了时到期(首日不计)。',
  },
  CLOCK_DUE_WORKING_DAYS: {
    en: 'Due by {quantity} working days, make-up weekends included, the first day not counted.',
    'zh-CN': '按 {quantity} 个工作日计算到期(含调休上班日,首日不计)。',
  },
  CLOCK_DUE_MONTHS: {
    en: "Due when the corresponding day {quantity} months later ends, else that month's last.",
    'zh-CN': '{quantity} 个月后的对应日终了时到期,无对应日的为月末日。',
  },
  CLOCK_DUE_YEARS: {
    en: "Due when the corresponding day {quantity} years later ends, else that month's last.",
    'zh-CN': '{quantity} 年后的对应日终了时到期,无对应日的为月末日。',
  },
  CLOCK_PAUSED_SUSPENSION: {
    en: 'The clock stands still: its scope was suspended.',
    'zh-CN': '所属范围中止,暂停计时。',
  },
  CLOCK_PAUSED_QUESTION: {
    en: 'The clock stands still: the customer was asked something.',
    'zh-CN': '已向乙方提出具体问题,暂停计时。',
  },
  CLOCK_PAUSED_UPGRADE_PROBLEM: {
    en: 'The clock stands still: there is a problem with the update (6.4.2).',
    'zh-CN': '更新遇到问题(6.4.2),暂停计时。',
  },
  CLOCK_RESUMED: {
    en: 'What held it is over: unless something else holds it, the clock goes on with what was left.',
    'zh-CN': '该暂停事由结束;如无其他事由,按剩余时间恢复计时。',
  },
  CLOCK_REOPENED: {
    en: 'It is to be done again: the clock goes on where it stopped.',
    'zh-CN': '需重新完成,自停止处继续计时。',
  },
  CLOCK_UNDONE: {
    en: 'What had met it turned out not to have happened.',
    'zh-CN': '原视为完成的事实未成立,继续计时。',
  },
  CLOCK_BROKEN: { en: 'It was broken: a finding says so.', 'zh-CN': '经查明,义务被违反。' },
  CLOCK_RECALCULATED: {
    en: 'Days were published: counted anew by the working days {calendar}.',
    'zh-CN': '日历已公布,按 {calendar} 重新计算。',
  },
  CLOCK_CORRECTED_STARTED: { en: 'Corrected: it started then.', 'zh-CN': '更正:自该时起算。' },
  CLOCK_CORRECTED_PAUSED: {
    en: 'Corrected: the clock stood still from then on.',
    'zh-CN': '更正:自该时起暂停计时。',
  },
  CLOCK_CORRECTED_RESUMED: {
    en: 'Corrected: the clock went on from then on.',
    'zh-CN': '更正:自该时起恢复计时。',
  },
  CLOCK_CORRECTED_STOPPED: { en: 'Corrected: it was done then.', 'zh-CN': '更正:已于该时完成。' },
  CLOCK_CORRECTED_REOPENED: {
    en: 'Corrected: it was to be done again from then on.',
    'zh-CN': '更正:自该时起需重新完成。',
  },
  CLOCK_CORRECTED_CANCELLED: {
    en: 'Corrected: nothing was owed from then on.',
    'zh-CN': '更正:自该时起不再负有义务。',
  },
  CLOCK_CORRECTED_BROKEN: { en: 'Corrected: it was broken then.', 'zh-CN': '更正:于该时被违反。' },
  CLOCK_CORRECTED_AWAY: { en: 'Corrected: this was not so.', 'zh-CN': '更正:该事实不成立。' },
  CLOCK_STOPPED: { en: 'Done.', 'zh-CN': '已完成。' },
  CLOCK_MISSED: { en: 'The due instant passed and it was not done.', 'zh-CN': '已逾期,未完成。' },
  CLOCK_CANCELLED: { en: 'What it was about went away.', 'zh-CN': '所涉事项已撤销。' },

  STRETCH_RAN: { en: 'Counted: {much}.', 'zh-CN': '计入:{much}。' },
  STRETCH_PAUSED: { en: 'Not counted, the clock stood still: {much}.', 'zh-CN': '暂停计时,不计入:{much}。' },
  STRETCH_CLOSED: {
    en: 'Not counted, outside of the service window: {much}.',
    'zh-CN': '服务时间以外,不计入:{much}。',
  },
  STRETCH_FIRST_DAY: {
    en: 'Not counted, the day counted from: {much}.',
    'zh-CN': '起算日,不计入:{much}。',
  },
  STRETCH_REST_DAY: { en: 'Not counted, rest days: {much}.', 'zh-CN': '休息日,不计入:{much}。' },
  STRETCH_ROLLED: {
    en: 'The last day is a rest day, up to the next working day: {much}.',
    'zh-CN': '期满日为休息日,顺延至下一工作日:{much}。',
  },
})
