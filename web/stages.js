// The stages of a request.

/** As in tryon.atelier.trade: in the order in which a request passes through them, then the others. */
export const MAKING = [
  "enquiry",
  "consultation",
  "deposit",
  "stone_sourcing",
  "cad",
  "approval_one",
  "casting",
  "setting",
  "hand_finishing",
  "approval_two",
  "qc",
  "packed",
  "delivered",
];
export const BESIDE = ["on_hold", "declined", "cancelled"];
