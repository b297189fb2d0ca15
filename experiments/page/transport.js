// What the stages of transport share: steps of their axes, what N and P jump to, and round trips.

// A step of 1, 2 or 5 times a power of ten that makes at most `most` parts of a length.
export function niceStep(length, most) {
  const raw = length / Math.max(1, most), power = 10 ** Math.floor(Math.log10(raw || 1)), part = raw / power;
  return (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10) * power;
}

// The k after the next event for which `holds`, or before the one before.
function transportJump(trace, k, direction, holds) {
  const { events } = trace;
  if (direction > 0) { for (let i = k; i < events.length; i++) if (holds(events[i])) return i + 1; return null; }
  for (let i = k - 2; i >= 0; i--) if (holds(events[i])) return i + 1;
  return null;
}
// The packet that an event is about, if it is shown.
export const transportTrip = (trace, event) => (event.ref && event.ref.trip != null ? trace.packets.trips[event.ref.trip] : null);
const transportIsAgain = (trace, event) => event.kind === 'again' || (event.kind === 'sent' && transportTrip(trace, event).copy > 1);
// What N and P jump to on the stages of transport.
export const transportJumps = [
  { id: 'drop', label: 'loss', next: (app, k, direction) => transportJump(app.trace, k, direction, event => event.kind === 'dropped') },
  { id: 'retransmission', label: 'retransmission',
    next: (app, k, direction) => transportJump(app.trace, k, direction, event => transportIsAgain(app.trace, event)) },
  { id: 'cut', label: 'cut', next: (app, k, direction) => transportJump(app.trace, k, direction, event => event.kind === 'cut') },
];

// The k after a round trip, or before it; at least one event on.
export function transportRound(app, k, direction, rtt) {
  const { trace } = app, t = direction > 0 ? Math.max(app.player.t, trace.timeOf(k)) + rtt : trace.timeOf(k) - rtt,
    to = trace.kAt(Math.max(0, t));
  return direction > 0 ? Math.max(to, Math.min(k + 1, trace.events.length)) : Math.min(to, k - 1);
}
