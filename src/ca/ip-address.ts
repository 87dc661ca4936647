/** IP addresses as text and as octets: the one place that decides what an address is. */

/**
 * The 4 or 16 octets of an address in text, or undefined. IPv4 has four decimal numbers without leading zeros (which
 * some read as octal); IPv6 is RFC 4291, 2.2, with one `::` at most, an IPv4 tail allowed, no zone, no brackets.
 */
export function parseIp(text: string): Buffer | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

function parseIpv4(text: string): Buffer | undefined {
  const parts = IPV4.exec(text)?.slice(1)
  if (!parts?.every((part) => Number(part) <= 255 && (part.length === 1 || !part.startsWith('0')))) return undefined
  return Buffer.from(parts.map(Number))
}

const IPV6_GROUPS = 8

function parseIpv6(text: string): Buffer | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half, i) => groups(half, i === halves.length - 1))
  if (!head) return undefined
  if (halves.length === 1) return head.length === IPV6_GROUPS ? fromGroups(head) : undefined
  // `::` stands for one group of zeros at least (RFC 4291, 2.2; RFC 5952, 4.2.2).
  if (!tail || head.length + tail.length >= IPV6_GROUPS) return undefined
  return fromGroups([...head, ...new Array<number>(IPV6_GROUPS - head.length - tail.length).fill(0), ...tail])
}

/** The groups on one side of `::`; an IPv4 tail counts as two and may stand at the end of the address only. */
function groups(half: string, isLast: boolean): number[] | undefined {
  if (half === '') return []
  const out: number[] = []
  const parts = half.split(':')
  for (const [i, part] of parts.entries()) {
    const ipv4 = isLast && i === parts.length - 1 ? parseIpv4(part) : undefined
    if (ipv4) out.push(ipv4.readUInt16BE(0), ipv4.readUInt16BE(2))
    else if (/^[0-9a-f]{1,4}$/i.test(part)) out.push(Number.parseInt(part, 16))
    else return undefined
  }
  return out
}

function fromGroups(values: readonly number[]): Buffer {
  const octets = Buffer.alloc(2 * IPV6_GROUPS)
  values.forEach((value, i) => {
    octets.writeUInt16BE(value, 2 * i)
  })
  return octets
}

/** The text of 4 or 16 octets: dotted, or RFC 5952 (lower case, longest run of zeros as `::`, IPv4-mapped with dots). */
export function formatIp(octets: Buffer): string {
  if (octets.length === 4) return [...octets].join('.')
  const values = Array.from({ length: IPV6_GROUPS }, (_, i) => octets.readUInt16BE(2 * i))
  if (values.slice(0, 5).every((v) => v === 0) && values[5] === 0xffff) return `::ffff:${[...octets.subarray(12)].join('.')}`
  const [start, length] = longestZeros(values)
  const hex = values.map((v) => v.toString(16))
  // RFC 5952, 4.2.2: one group of zeros is written as 0.
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

/** RFC 5952, 4.2.3: the longest run, of equal ones the first. */
function longestZeros(values: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0]
  for (let start = 0; start < values.length; start++) {
    let length = 0
    while (values[start + length] === 0) length++
    if (length > best[1]) best = [start, length]
  }
  return best
}
