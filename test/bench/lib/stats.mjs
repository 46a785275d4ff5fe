export const sorted = values => [...values].sort((a, b) => a - b)

export function quantile(values, q) {
  const all = sorted(values)
  return all[Math.min(all.length - 1, Math.floor(q * all.length))]
}

export const median = values => {
  const all = sorted(values)
  const middle = all.length >> 1
  return all.length % 2 === 1 ? all[middle] : (all[middle - 1] + all[middle]) / 2
}

/** Median with its range. */
export const spread = values => ({ median: median(values), min: Math.min(...values), max: Math.max(...values) })

export const round = (value, digits = 2) => Number(value.toFixed(digits))

export const said = ({ median: m, min, max }, digits = 0) =>
  `${m.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`
