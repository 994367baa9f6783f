// Types of v1.js. Written by assets/make/clients.py from /v1/openapi.json; change that, not this.

/** A refusal: `reason` is stable, for programs; the message is for people. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterS: number;
}

/** What came is not from us, or is too old: answer 400 and do nothing. */
export class WebhookError extends Error {}

/** What a webhook tells; which `data` there is, web/embed/README.md says by its type. */
export interface WebhookEvent {
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

/** What a webhook tells, if it is signed with one of the secrets and new. Rejects with WebhookError. */
export function webhook(
  secrets: string[],
  headers: Headers | Record<string, string | undefined>,
  body: string | ArrayBuffer | ArrayBufferView,
  options?: { now?: number },
): Promise<WebhookEvent>;

/** Of one service. */
export class Client {
  /** Headers of the last answer: ETag, Location. */
  readonly last: Headers;

  constructor(address: string, options?: { key?: string; shopKey?: string; fetch?: typeof fetch });

  /** What an invitation says. */
  getAtelierInvitation(): Promise<InvitationShown>;
  /** Accept an invitation by a passkey, or a password of 12 letters or more. */
  postAtelierInvitation(body: Join): Promise<Me>;
  /** What the invited person's passkey is made by. */
  postAtelierInvitationPasskey(body: PasskeyWanted): Promise<PasskeyAsked>;
  /** Sign in by passkey. */
  postAtelierPasskey(body: PasskeySignIn): Promise<Me>;
  /** What a passkey is asked to sign, once and within minutes. */
  postAtelierPasskeyQuestion(): Promise<PasskeyAsked>;
  /** Sign in by password. */
  postAtelierSignIn(body: SignIn): Promise<Me>;
  /** Sign this browser out. */
  postAtelierSignOut(): Promise<void>;
  /** The paper bands to print. */
  getBandsPdf(): Promise<Blob>;
  /** The calibration board to print. */
  getBoardPdf(): Promise<Blob>;
  /** The calibration board for a second screen. */
  getBoardSvg(): Promise<Blob>;
  /** The words a wearer agrees to. */
  getConsent(): Promise<ConsentText>;
  /** The words a client agrees to when she sends a request. */
  getConsentRequest(): Promise<ConsentText>;
  /** Agree. */
  postConsents(body: ConsentAsked): Promise<ConsentGiven>;
  /** Take a consent back; what runs under it ends, and what was kept under it is deleted. */
  deleteConsentsId(id: string): Promise<void>;
  /** Agree to more, such as to be measured. */
  patchConsentsId(id: string, body: ConsentAsked): Promise<void>;
  /** What is held under the address of a mailed link, and what would be erased of it. */
  getErasure(): Promise<ErasureHeld>;
  /** Erase it, for good; the link works once. */
  postErasure(): Promise<ErasureHeld>;
  /** Ask for a link to have erased what is held under a mail address; it goes to that address. */
  postErasures(body: ErasureAsked): Promise<void>;
  /** A fit card to cut metal by, from what the mirror said: A4 at true size; nothing is kept. */
  postFitcards(body: FitCardAsked): Promise<Blob>;
  /** Keep a fit card behind a link, with her consent to `keep`. */
  postFits(body: KeepAsked): Promise<FitKept>;
  /** Delete a kept fit card, now. */
  deleteFitsId(id: string): Promise<void>;
  /** A kept fit card: measures as they were taken, verdicts on the pieces of today. */
  getFitsId(id: string, options?: { piece?: string | string[] }): Promise<FitTold>;
  /** The same as a table. */
  getFitsIdCardCsv(id: string, options?: { piece?: string | string[] }): Promise<Blob>;
  /** The same on paper: A4 at true size, with a code that leads here. */
  getFitsIdCardPdf(id: string, options?: { piece?: string | string[] }): Promise<Blob>;
  /** Go on with a request on this device; a link works once. */
  postLinks(body: LinkUsed): Promise<Begun>;
  /** Delete all that is held of her visit, now; what runs under its consent ends. */
  deleteMe(): Promise<void>;
  /** All that is held of her visit: consent and kept fit cards. */
  getMeExport(): Promise<Mine>;
  /** What an invitation is for. */
  getMeeting(): Promise<MeetingState>;
  /** A picture that was kept at a meeting. */
  getMeetingPicturesName(name: string): Promise<Blob>;
  /** Join a meeting as a consultant, or connect to it again, with a new offer. */
  postMeetingPlace(body: BodyInit, options?: { mime?: string }): Promise<Blob>;
  /** The same for somebody who was invited to a meeting. */
  getMeetingRelays(): Promise<Relays>;
  /** This description. */
  getOpenapiJson(): Promise<Any>;
  /** A code that opens the mirror at a telephone with these pieces; it holds no token. */
  getPhoneSvg(options?: { piece?: string | string[]; lang?: string | string[] }): Promise<Blob>;
  /** Pieces on a picture of hers, with her consent to `photo`; it is kept nowhere. Style, not size. */
  postPhotos(body: BodyInit, options?: { piece?: string | string[]; mime?: string }): Promise<Blob>;
  /** The catalogue, or what a shop shows of it. */
  getPieces(): Promise<Cards>;
  /** One piece. */
  getPiecesId(id: string): Promise<Card>;
  /** Whether a piece can be made by a date, in every tier it is made in. */
  getPiecesIdPossible(id: string, options?: { eventDate?: string | string[] }): Promise<TiersTold>;
  /** Its picture. */
  getPiecesIdPosterPng(id: string): Promise<Blob>;
  /** A piece from one side, 640 px square on no ground, as large from all sides. */
  getPiecesIdView(id: string, options?: { yaw?: string | string[]; pitch?: string | string[] }): Promise<Blob>;
  /** What the house promises of repairs and returns. */
  getPolicy(): Promise<PolicyTold>;
  /** Heads of our own that pieces can be seen on. */
  getPortraits(): Promise<Portraits>;
  /** Pieces on a head of our own. Style, not size. */
  getPortraitsIdPhotoJpg(id: string, options?: { piece?: string | string[] }): Promise<Blob>;
  /** What is held of a wearer, where, and how long: the table that the sweeper enforces. */
  getPrivacy(): Promise<Retention>;
  /** Where a finished piece comes from; for anybody who has its id. */
  getProvenanceId(id: string): Promise<ProvenanceTold>;
  /** A picture or film from the bench. */
  getProvenanceIdFilesFile(id: string, file: string): Promise<Blob>;
  /** TURN servers for her mirror, with credentials for an hour; none where none is set up. */
  getRelays(): Promise<Relays>;
  /** Begin a request; it may be half done. Its key opens it on this device. */
  postRequests(body: Wish): Promise<Begun>;
  /** Throw a draft away. */
  deleteRequestsId(id: string, options?: { ifMatch?: string }): Promise<void>;
  /** A request. */
  getRequestsId(id: string): Promise<RequestTold>;
  /** Save what is wished, whole, while it is a draft. */
  putRequestsId(id: string, body: Wish, options?: { ifMatch?: string; idempotencyKey?: string }): Promise<RequestTold>;
  /** She cannot come. */
  postRequestsIdAppointmentsAppointmentCancellation(id: string, appointment: string, body: AppointmentSeen, options?: { ifMatch?: string; idempotencyKey?: string }): Promise<RequestTold>;
  /** Into the waiting room. */
  postRequestsIdAppointmentsAppointmentLink(id: string, appointment: string): Promise<MeetingLinkMade>;
  /** Ask for another time; it stands until the atelier moves it. */
  postRequestsIdAppointmentsAppointmentWish(id: string, appointment: string, body: TimeWished, options?: { ifMatch?: string; idempotencyKey?: string }): Promise<RequestTold>;
  /** Decide on the newest revision, by the digest of what was shown; `final` cannot be taken back. */
  postRequestsIdApprovalsRoundDecision(id: string, round: string, body: Decided, options?: { ifMatch?: string; idempotencyKey?: string }): Promise<RequestTold>;
  /** Say something of a revision, pinned on its picture where x and y are given. */
  postRequestsIdApprovalsRoundRevisionsNumberComments(id: string, round: string, number: string, body: Said, options?: { ifMatch?: string; idempotencyKey?: string }): Promise<RequestTold>;
  /** Take a request back, until metal is cast. */
  postRequestsIdCancellation(id: string, body: Cancelled, options?: { ifMatch?: string; idempotencyKey?: string }): Promise<RequestTold>;
  /** What an erasure would take away, and what would stay. */
  getRequestsIdErasure(id: string): Promise<ErasureTold>;
  /** Erase all that is hers, for good; her keys open nothing afterwards. */
  postRequestsIdErasure(id: string, body: Nothing, options?: { ifMatch?: string }): Promise<ErasureTold>;
  /** Add a picture (JPEG, PNG or WebP); it is written anew, without what a camera notes beside it. */
  postRequestsIdFiles(id: string, body: BodyInit, options?: { mime?: string }): Promise<FileTold>;
  /** Take a picture away from a draft. */
  deleteRequestsIdFilesFile(id: string, file: string): Promise<void>;
  /** A file. */
  getRequestsIdFilesFile(id: string, file: string): Promise<Blob>;
  /** A link to go on with on another device, once, within 7 days. */
  postRequestsIdLinks(id: string): Promise<LinkMade>;
  /** Mail such a link to the address that she gave. */
  postRequestsIdLinksMail(id: string): Promise<void>;
  /** A paper of the finished piece: `certificate` or `care`. */
  getRequestsIdPapersName(id: string, name: string): Promise<Blob>;
  /** Agree to the price of a number. */
  postRequestsIdPrice(id: string, body: PriceAgreed, options?: { ifMatch?: string; idempotencyKey?: string }): Promise<RequestTold>;
  /** Send a draft to the atelier. */
  postRequestsIdSubmission(id: string, body: Sent, options?: { ifMatch?: string; idempotencyKey?: string }): Promise<RequestTold>;
  /** Whether there is room. */
  getSessions(): Promise<Room>;
  /** Open a session with a WebRTC offer; with a header `Invitation`, a client's at a meeting. */
  postSessions(body: BodyInit, options?: { piece?: string | string[]; invitation?: string; mime?: string }): Promise<Blob>;
  /** End a session. */
  deleteSessionsId(id: string): Promise<void>;
  /** A session. */
  getSessionsId(id: string): Promise<SessionState>;
  /** Connect to a session again with a new offer. */
  postSessionsId(id: string, body: BodyInit, options?: { mime?: string }): Promise<Blob>;
  /** A picture of a ring or bangle that she wears, laid flat beside a bank card: its inner diameter with its doubt, or why it cannot be read and what to do; of a coin, whether the card is of its size. The picture is read and forgotten; the numbers are told, and given to the mirror by `known.set` (`laid`). */
  postSessionsIdLaid(id: string, body: BodyInit, options?: { kind?: string | string[]; mime?: string }): Promise<LaidTold>;
  /** A still of the calibration board, as large as the camera takes it, at most 5 a second. Its corners are read and it is forgotten; the camera's numbers are told, not kept. */
  postSessionsIdStills(id: string, body: BodyInit, options?: { anew?: string | string[]; mime?: string }): Promise<Calibrating>;
  /** Save a set under a name of 1 to 80 characters. It holds no personal data but that name, is read by whoever has its id, and is forgotten when nobody opened it for 365 days; at most 20000 are kept, and 200 saved an hour. */
  postSets(body: SetAsked): Promise<Set>;
  /** A saved set. */
  getSetsId(id: string): Promise<Set>;
  /** The shop whose publishable key a page has. */
  getShop(): Promise<ShopShown>;
  /** What a page of the shop is sent with that keeps the mirror from it, and what to write instead; 10 times a minute. */
  postShopCheck(body: PageWish, options?: { lang?: string | string[] }): Promise<PageChecked>;
  /** The addresses at which a shop's server is told things (Standard Webhooks 1.0), and how each does. */
  getShopHooks(): Promise<HooksTold>;
  /** A new address; at most 10 of a shop. */
  postShopHooks(body: HookWish): Promise<HookMade>;
  /** Take an address away, with its log. */
  deleteShopHooksHook(hook: string): Promise<void>;
  /** An address, said anew: also to switch it off and on. */
  putShopHooksHook(hook: string, body: HookWish): Promise<HookTold>;
  /** What it was told, newest first, with every try; forgotten after 30 days. */
  getShopHooksHookDeliveries(hook: string, options?: { after?: string | string[] }): Promise<Deliveries>;
  /** Send a message anew, under its own id. */
  postShopHooksHookDeliveriesDeliveryReplay(hook: string, delivery: string): Promise<DeliveryTold>;
  /** Send anew all that was given up. */
  postShopHooksHookReplay(hook: string): Promise<Replayed>;
  /** A new secret; the one before signs too for 24 hours. */
  postShopHooksHookSecret(hook: string): Promise<HookMade>;
  /** Tell it that it is being tested: event `hook.tested`. */
  postShopHooksHookTest(hook: string): Promise<DeliveryTold>;
  /** What a shop shows; its server may ask 300 times a minute in all. */
  getShopPieces(): Promise<Cards>;
  /** How a shop sells our pieces: its number, name, price, page and sizes of each. */
  getShopProducts(): Promise<ProductsTold>;
  /** The product feed, as CSV with a header or the same as JSON (a list of products), at most 2000: sku, title, price, currency, url, sizes, and piece (its id) or glb (the file it was brought as). All of it is taken, or nothing while anything is wrong; what it does not name is sold no more. */
  putShopProducts(body: BodyInit, options?: { dry?: string | string[]; mime?: string }): Promise<FeedTold>;
  /** The requests that were begun on a shop's pages, newest first, from their submission on; a sandbox key sees those of sandbox keys, a live one the others. */
  getShopRequests(options?: { stage?: string | string[]; after?: string | string[] }): Promise<ShopRequests>;
  /** One of them: where it stands, and how pieces fit her if she agreed that the shop sees it. */
  getShopRequestsRequest(request: string): Promise<ShopRequest>;
}

/** What she agrees to when she sends it: by which words, and for what. */
export interface Agreed {
  version: string;
  language: string;
  purposes: Array<"artisan" | "atelier" | "portfolio" | "shop">;
}

/** Which state of an appointment was seen. */
export interface AppointmentSeen {
  sequence: number;
}

/** A virtual session that was planned. Its links are made by `.../link`. */
export interface AppointmentTold {
  appointment: string;
  request: string;
  name: string;
  starts_at: string;
  minutes: number;
  zone: string;
  sequence: number;
  state: "cancelled" | "over" | "planned";
  staff: Array<string>;
  names: Array<string>;
  wish: string;
}

/** `POST /v1/requests`, `POST /v1/links`: the key goes into `Authorization: Bearer`, never into an address. */
export interface Begun {
  request: string;
  key: string;
}

/** How far a calibration is, after a still. */
export interface Calibrating {
  steps: Record<string, number>;
  hinders: string;
  views: number;
  refused?: string;
  detail?: string;
  camera?: CameraKnown | null;
  rms_px?: number | null;
}

/** A camera's own numbers at one size of picture, in the order of its file (tryon.camera.profile). */
export interface CameraKnown {
  width: number;
  height: number;
  fx: number;
  fy: number;
  cx: number;
  cy: number;
  distortion: Array<unknown>;
  focal_std: number;
}

/** She takes her request back. */
export interface Cancelled {
  words?: string;
}

/** One piece of `GET /v1/pieces`. */
export interface Card {
  id: string;
  name: string;
  kind: string;
  worn_on: string;
  finger: string;
  words: string;
  maker: string;
  size: Size;
  weight_g: number;
  materials: Array<string>;
  stones: Array<string>;
  edition_of: number;
  tiers: Record<string, Record<string, unknown>>;
  poster: string;
  offer?: Offer | null;
}

/** `GET /v1/pieces`. */
export interface Cards {
  pieces: Array<Card>;
}

/** A metal or stone and its paper. */
export interface CertificateTold {
  material: string;
  source: string;
  issuer: string;
  paper: string;
  file: string | null;
}

/** Words on a revision; with `file` pinned at x, y of it. */
export interface CommentTold {
  words: string;
  file: string | null;
  x: number | null;
  y: number | null;
  at: string;
  by: "artisan" | "client" | "consultant" | "house" | "owner";
  name: string;
}

/** `POST /v1/consents`. */
export interface ConsentAsked {
  version: string;
  purposes: Array<string>;
  language?: string;
  guardian?: string;
}

/** Its answer. The token goes into `Authorization: Bearer`, never into an address. */
export interface ConsentGiven {
  consent: string;
  token: string;
  until: number;
}

/** `GET /v1/consent`: the words of one language. Paragraphs are parted by an empty line. */
export interface ConsentText {
  version: string;
  purposes: Array<string>;
  language: string;
  text: string;
  also?: Record<string, string>;
}

/** What she decides on a revision, by the digest of what she saw. */
export interface Decided {
  revision: number;
  sha256: string;
  decision: "changes" | "final" | "soft";
  words?: string;
}

/** What she decided. */
export interface DecisionTold {
  decision: "changes" | "final" | "soft";
  sha256: string;
  words: string;
  at: string;
}

/** A page of what an address was told, newest first. */
export interface Deliveries {
  deliveries: Array<DeliveryTold>;
  more: string;
}

/** A message, what it said, and every try. */
export interface DeliveryTold {
  id: string;
  event: string;
  body: string;
  state: "delivered" | "failed" | "waiting";
  made_at: string;
  next_at: string | null;
  tries: Array<TryTold>;
}

/** A section, mm from its middle, x to the right and y to her front (tryon.fitcard.section). */
export interface Drawn {
  of: string;
  half_mm: Array<unknown>;
  u95_mm: Array<unknown>;
  outline: Array<Array<unknown>>;
  doubt: Array<unknown>;
  inside: Array<Array<unknown>> | null;
  closed: boolean;
  gaps: Array<SectionGap>;
}

/** `POST /v1/erasures`. */
export interface ErasureAsked {
  email: string;
  language?: string;
}

/** `GET /v1/erasure` says what would be done, `POST /v1/erasure` what was. */
export interface ErasureHeld {
  requests: number;
  pictures: number;
  kept: Array<"approvals" | "consent" | "number" | "price" | "provenance" | "quality" | "steps" | "trail">;
  under_way: number;
}

/** `.../erasure`: what an erasure does. `kept` stays, without anything that says whose it was. */
export interface ErasureTold {
  possible: boolean;
  pictures: number;
  kept: Array<string>;
}

/** What a feed does, or did: all of it, or nothing while anything is wrong. */
export interface FeedTold {
  applied: boolean;
  products: number;
  added: number;
  changed: number;
  removed: number;
  wrong: Array<FeedWrong>;
}

/** What is wrong in one place of a feed. */
export interface FeedWrong {
  line: number;
  column: string;
  reason: "currency_wrong" | "not_text" | "piece_missing" | "piece_not_shown" | "piece_twice" | "piece_unknown" | "price_wrong" | "sku_missing" | "sku_twice" | "too_long" | "url_wrong";
  said: string;
}

/** A file; its bytes are at `.../files/{file}`. */
export interface FileTold {
  file: string;
  kind: "bench" | "certificate" | "design" | "proof" | "render" | "snapshot";
  mime: string;
  size: number;
  sha256: string;
  made_at: string;
  by: "artisan" | "client" | "consultant" | "house" | "owner";
}

/** How one piece fits her. */
export interface Fit {
  verdict: "adjust" | "cannot_tell" | "fits" | "too_large" | "too_small";
  probability: number;
  notes: Array<Note>;
  size?: string;
  gap_mm?: number | null;
  gap_u95_mm?: number | null;
  next_step?: Step | null;
  section?: SeatSection | null;
  gap_of?: string;
  rules_kept?: boolean | null;
}

/** `POST /v1/fitcards`: what `measured` said, and the piece whose card is wanted. */
export interface FitCardAsked {
  piece: string;
  measures: Record;
}

/** A fit card that was kept under her consent. */
export interface FitHeld {
  fit: string;
  piece: string;
  made_at: string;
  until: string;
  measures: Record<string, unknown>;
}

/** Its address is `/fit/FIT#KEY`; the key is told this once. */
export interface FitKept {
  fit: string;
  key: string;
  until: string;
}

/** `GET /v1/fits/{id}`: all of it. */
export interface FitTold {
  fit: string;
  made_at: string;
  until: string;
  piece: string;
  measures: Record<string, unknown>;
  judged_then: Record<string, "adjust" | "cannot_tell" | "fits" | "too_large" | "too_small">;
  drawn: Drawn | null;
}

/** What seating a piece on her head takes besides her measures (tryon.measuring.head_json). */
export interface Head {
  points: Record<string, Array<unknown>>;
  cranium_centre: Array<unknown>;
  cranium_axes: Array<unknown>;
  cranium_pitch_rad: number;
  hair_mm: number;
  std_percent: number;
  together_mm2?: Array<Array<unknown>>;
}

/** A new secret: it is told this once. */
export interface HookMade {
  hook: HookTold;
  secret: string;
}

/** An address, and how it does. */
export interface HookTold {
  id: string;
  url: string;
  events: Array<"consultation.ended" | "data.erased" | "fit.kept" | "hook.tested" | "request.changed" | "request.submitted">;
  sandbox: boolean;
  ended: "" | "asked" | "failing" | "gone";
  failing_since: string | null;
  waiting: number;
  old_until: string | null;
  made_at: string;
}

/** An address of a shop's server, and what it is to be told. */
export interface HookWish {
  url: string;
  events?: Array<"consultation.ended" | "data.erased" | "fit.kept" | "hook.tested" | "request.changed" | "request.submitted">;
  active?: boolean;
  sandbox?: boolean;
}

/** All addresses of a shop. */
export interface HooksTold {
  hooks: Array<HookTold>;
}

/** What an invitation says before it is accepted. */
export interface InvitationShown {
  email: string;
  name: string;
  role: "artisan" | "consultant" | "owner";
  language: string;
  until: string;
}

/** `POST /v1/atelier/invitation`: by a password or a passkey. */
export interface Join {
  name: string;
  language?: string;
  password?: string;
  passkey?: Record<string, unknown> | null;
}

/** `POST /v1/fits`: what `measured` said, and the piece whose card it is. */
export interface KeepAsked {
  piece: string;
  measures: Record;
}

/** The same, with the name it had: it may have left the catalogue since. */
export interface KeptPiece {
  piece: string;
  on?: "" | "either_hand" | "left_hand" | "right_hand";
  finger?: "" | "index" | "little" | "middle" | "ring" | "thumb";
  held?: boolean;
  up_mm?: number;
  forward_mm?: number;
  tilt_deg?: number;
  name?: string;
}

/** What a picture of a ring, bangle or coin beside a card told, or why it told nothing. */
export interface LaidTold {
  kind: string;
  value_mm?: number | null;
  u95_mm?: number | null;
  refused?: string;
  detail?: string;
}

/** A length with its doubt. */
export interface Length {
  value_mm: number;
  u95_mm: number;
}

/** How well the camera's focal length is known. */
export interface Lens {
  source: string;
  focal_u95_percent: number;
}

/** What is held of her, where, and when it ends. */
export interface Line {
  what: "consent" | "draft" | "erasure" | "fit" | "letter" | "log" | "measures" | "meeting" | "photo" | "picture" | "profile" | "request" | "set" | "snapshot" | "told";
  where: "database" | "device" | "files" | "ledger" | "memory";
  ends: "asked" | "cleared" | "days" | "drawn" | "never_there" | "visit";
  days?: number | null;
}

/** `POST /v1/requests/{id}/links`: the token belongs behind the `#` of the page's address. */
export interface LinkMade {
  token: string;
  days: number;
}

/** `POST /v1/links`. */
export interface LinkUsed {
  token: string;
}

/** Who is signed in, and what they may do. */
export interface Me {
  id: string;
  role: "artisan" | "consultant" | "owner";
  name: string;
  email: string;
  language: string;
  may: Array<"appointments.make" | "mail.see" | "packet.take" | "people.invite" | "people.remove" | "people.see" | "pieces.keep" | "shops.keep">;
}

/** `POST .../link`: the token belongs behind the `#` of the session's page, `/session#TOKEN`. */
export interface MeetingLinkMade {
  token: string;
}

/** `GET /v1/meeting`: what an invitation is for. */
export interface MeetingState {
  meeting: string;
  seat: string;
  role: "client" | "consultant";
  name: string;
  until: number;
  request?: string;
}

/** `GET /v1/me/export`: all that is held of her visit. Saved sets are not hers to find: they hold no trace of who saved them; a request is told by its own link. */
export interface Mine {
  consent: Array<Record<string, unknown>>;
  fits: Array<FitHeld>;
}

/** One thing to know or do about a piece. */
export interface Note {
  code: string;
  level: "act" | "advice" | "fine" | "stop";
  mm: number;
  action: string;
  because: string;
  u95_mm?: number;
  words?: Spoken | null;
  probability?: number;
}

/** Nothing more needs to be said: `{}`. */
export interface Nothing {
}

/** Its number of the edition. */
export interface NumberTold {
  number: number;
  of: number;
}

/** How a shop sells a piece. */
export interface Offer {
  sku: string;
  price_minor: number | null;
  currency: string;
  url: string;
  sizes: string;
}

/** An offer to an artisan; only the staff is told. */
export interface OfferTold {
  offer: string;
  artisan: string;
  name: string;
  state: "accepted" | "declined" | "offered" | "withdrawn";
  because: Array<string>;
  words: string;
  made_at: string;
}

/** What was found on a page; one thing, `page`, where it could not be read. */
export interface PageChecked {
  address: string;
  works: boolean;
  findings: Array<PageFinding>;
}

/** One thing that was looked at. */
export interface PageFinding {
  what: string;
  works: boolean;
  reason: string;
  values: Record<string, string>;
  words: string;
  write: string;
}

/** A page to be looked at. */
export interface PageWish {
  address: string;
}

/** How it goes to her. */
export interface ParcelTold {
  complete: boolean;
  box: boolean;
  care_card: boolean;
  papers: boolean;
  sealed: boolean;
  insured_minor: number;
  currency: string;
  carrier: string;
  tracking: string;
  from_date: string;
  to_date: string;
}

/** What a browser's `navigator.credentials` is asked with. */
export interface PasskeyAsked {
  options: Record<string, unknown>;
}

/** `POST /v1/atelier/passkey`. */
export interface PasskeySignIn {
  passkey: Record<string, unknown>;
}

/** `POST /v1/atelier/invitation/passkey`. */
export interface PasskeyWanted {
  name: string;
}

/** What a sentence is made of, for other languages (tryon.fit.notes.Phrase). */
export interface Phrase {
  key: string;
  values?: Record<string, string>;
}

/** How she will wear her hair with the piece; empty: as it was seen. */
export interface PlannedHair {
  name?: string;
  measurements?: Record<string, Told>;
}

/** `policy.LANGUAGE.json`. */
export interface PolicyText {
  repair: string;
  adjust: string;
  studio: string;
  custom: string;
  rights: string;
}

/** `GET /v1/policy`. */
export interface PolicyTold {
  language: string;
  text: PolicyText;
}

/** `GET /v1/portraits`: heads of our own, by id. */
export interface Portraits {
  portraits: Array<string>;
}

/** Whether a piece can be made by her date. */
export interface PossibleTold {
  answer: "in_time" | "past" | "tight" | "too_far" | "too_soon" | "unknown";
  lead_weeks: number;
  ready_on: string | null;
  begin_by: string | null;
  slack_days: number;
}

/** She agrees to the price of this number. */
export interface PriceAgreed {
  number: number;
}

/** What drives a price. */
export interface PriceLineTold {
  driver: "fit" | "metal" | "other" | "production" | "provenance" | "stones";
  words: string;
  minor: number;
}

/** The price that holds. */
export interface PriceTold {
  number: number;
  currency: string;
  total_minor: number;
  deposit_minor: number;
  lines: Array<PriceLineTold>;
  shares: Record<string, number>;
  made_at: string;
  agreed_at: string | null;
}

/** How a shop sells a piece. */
export interface ProductTold {
  sku: string;
  piece: string;
  title: string;
  price_minor: number | null;
  currency: string;
  url: string;
  sizes: string;
}

/** How a shop sells our pieces. */
export interface ProductsTold {
  products: Array<ProductTold>;
}

/** `GET /v1/provenance/{id}`: for anybody; no word of whom the piece is for. */
export interface ProvenanceTold {
  provenance: string;
  at: string;
  record: Record<string, unknown>;
}

/** The report that holds. */
export interface QualityTold {
  passed: boolean;
  weight_mg: number;
  weight_declared_mg: number;
  hallmark: string;
  finish: string;
  checks: Record<string, string>;
  at: string;
  name: string;
}

/** All that the file says of one person. */
export interface Record {
  measurements: Record<string, Told>;
  over_hair: Record<string, Told>;
  fit: Record<string, Fit>;
  capture: Seen;
  planned_hair?: PlannedHair;
  scale?: Whole | null;
  head?: Head | null;
  other_hand?: Record<string, Told>;
}

/** What millimetres rest on. */
export interface Reference {
  source: string;
  u95_percent: number;
}

/** As `RTCPeerConnection` takes it. */
export interface RelayServer {
  urls: Array<string>;
  username: string;
  credential: string;
}

/** `GET /v1/relays`. */
export interface Relays {
  servers: Array<RelayServer>;
  holds_s: number;
}

/** How many messages are sent anew. */
export interface Replayed {
  count: number;
}

/** A request with its whole history. ETag is its version; `If-Match` says which one was seen. */
export interface RequestTold {
  request: string;
  version: number;
  stage: "approval_one" | "approval_two" | "cad" | "cancelled" | "casting" | "consultation" | "declined" | "delivered" | "deposit" | "draft" | "enquiry" | "hand_finishing" | "on_hold" | "packed" | "qc" | "setting" | "stone_sourcing";
  held_from: "approval_one" | "approval_two" | "cad" | "cancelled" | "casting" | "consultation" | "declined" | "delivered" | "deposit" | "draft" | "enquiry" | "hand_finishing" | "on_hold" | "packed" | "qc" | "setting" | "stone_sourcing" | null;
  next: Array<"approval_one" | "approval_two" | "cad" | "cancelled" | "casting" | "consultation" | "declined" | "delivered" | "deposit" | "draft" | "enquiry" | "hand_finishing" | "on_hold" | "packed" | "qc" | "setting" | "stone_sourcing">;
  needs: Record<string, Array<"artisan" | "consultant" | "deposit" | "final_one" | "final_two" | "held_here" | "numbered" | "parcel" | "price_agreed" | "quality" | "revision_one" | "revision_two">>;
  made_at: string;
  submitted_at: string | null;
  wish: Wish;
  possible: PossibleTold;
  dues: Record<string, string>;
  consultant: string;
  artisan: string;
  steps: Array<StepTold>;
  files: Array<FileTold>;
  price: PriceTold | null;
  prices: Array<PriceTold>;
  deposit_at: string | null;
  rounds: Array<RoundTold>;
  edition: NumberTold | null;
  quality: QualityTold | null;
  certificates: Array<CertificateTold>;
  parcel: ParcelTold | null;
  provenance: string;
  offers: Array<OfferTold>;
  appointments: Array<AppointmentTold>;
  erased_at: string | null;
  shop: string;
  sandbox: boolean;
}

/** `GET /v1/privacy`: the table. */
export interface Retention {
  lines: Array<Line>;
}

/** What was shown, and what was said of it. */
export interface RevisionTold {
  number: number;
  words: string;
  fit: Record<string, unknown> | null;
  files: Array<string>;
  sha256: string;
  made_at: string;
  included: boolean;
  decisions: Array<DecisionTold>;
  comments: Array<CommentTold>;
}

/** `GET /v1/sessions`. */
export interface Room {
  free: number;
}

/** A round of approval. */
export interface RoundTold {
  round: "one" | "two";
  final: boolean;
  revisions_included: number;
  revisions: Array<RevisionTold>;
}

/** Words on a revision; with a file, x and y they are pinned on its picture. */
export interface Said {
  words: string;
  file?: string | null;
  x?: number | null;
  y?: number | null;
}

/** The head over hair in the plane of an open band's own seat, or where a crown perches. */
export interface SeatSection {
  breadth: Length;
  length: Length;
}

/** Room between the piece and her at one place; below zero the piece is the narrower. */
export interface SectionGap {
  where: string;
  mm: number;
  u95_mm: number;
}

/** How well she was seen. */
export interface Seen {
  accepted: number;
  frames: number;
  reasons: Array<string>;
  visits?: number;
  camera?: Lens | null;
}

/** `POST .../submission`. */
export interface Sent {
  consent: Agreed;
}

/** `GET /v1/sessions/{id}`. */
export interface SessionState {
  session: string;
  pieces: Array<string>;
  age_s: number;
}

/** `GET /v1/sets/{id}`. */
export interface Set {
  set: string;
  name: string;
  worn: Array<KeptPiece>;
}

/** `POST /v1/sets`. */
export interface SetAsked {
  name: string;
  worn: Array<SetPiece>;
}

/** How a piece is worn, as `pieces.set` and `nudge.set` say it. */
export interface SetPiece {
  piece: string;
  on?: "" | "either_hand" | "left_hand" | "right_hand";
  finger?: "" | "index" | "little" | "middle" | "ring" | "thumb";
  held?: boolean;
  up_mm?: number;
  forward_mm?: number;
  tilt_deg?: number;
}

/** How a piece fits her. */
export interface ShopFit {
  piece: string;
  verdict: string;
  probability: number;
  notes: Array<ShopFitNote>;
}

/** One thing to know or do about a piece on her: a code, and no millimetres. */
export interface ShopFitNote {
  code: string;
  level: string;
}

/** A request that was begun on a shop's page. */
export interface ShopRequest {
  request: string;
  stage: "approval_one" | "approval_two" | "cad" | "cancelled" | "casting" | "consultation" | "declined" | "delivered" | "deposit" | "draft" | "enquiry" | "hand_finishing" | "on_hold" | "packed" | "qc" | "setting" | "stone_sourcing";
  submitted_at: string;
  piece: string;
  tier: string;
  steps: Array<ShopStep>;
  erased: boolean;
  sandbox: boolean;
  fit: Array<ShopFit> | null;
}

/** A page of them, newest first. */
export interface ShopRequests {
  requests: Array<ShopRequest>;
  more: string;
}

/** `GET /v1/shop`: what a page may know of the shop whose key it has. */
export interface ShopShown {
  shop: string;
  name: string;
  origins: Array<string>;
  sandbox: boolean;
  policy: string;
  pieces: Array<string> | null;
}

/** A stage it went to. */
export interface ShopStep {
  stage: "approval_one" | "approval_two" | "cad" | "cancelled" | "casting" | "consultation" | "declined" | "delivered" | "deposit" | "draft" | "enquiry" | "hand_finishing" | "on_hold" | "packed" | "qc" | "setting" | "stone_sourcing";
  at: string;
}

/** `POST /v1/atelier/sign-in`. */
export interface SignIn {
  email: string;
  password: string;
}

/** True size, millimetres; zero where it does not apply. */
export interface Size {
  inner_length_mm: number;
  inner_breadth_mm: number;
  arc_mm: number;
  height_mm: number;
  chain_length_mm: number;
  inner_diameter_mm: number;
}

/** A note's sentences by their words. */
export interface Spoken {
  action: Phrase;
  because: Array<Phrase>;
}

/** The measurement that would remove the most doubt. */
export interface Step {
  quantity: string;
  action: string;
  u95_after_mm?: number | null;
  code?: string;
}

/** A stage it went to. */
export interface StepTold {
  came_from: "approval_one" | "approval_two" | "cad" | "cancelled" | "casting" | "consultation" | "declined" | "delivered" | "deposit" | "draft" | "enquiry" | "hand_finishing" | "on_hold" | "packed" | "qc" | "setting" | "stone_sourcing";
  stage: "approval_one" | "approval_two" | "cad" | "cancelled" | "casting" | "consultation" | "declined" | "delivered" | "deposit" | "draft" | "enquiry" | "hand_finishing" | "on_hold" | "packed" | "qc" | "setting" | "stone_sourcing";
  at: string;
  by: "artisan" | "client" | "consultant" | "house" | "owner";
  name: string;
  words: string;
  file: string | null;
}

/** `GET /v1/pieces/{id}/possible`: the answer in every tier the piece is made in. */
export interface TiersTold {
  piece: string;
  tiers: Record<string, PossibleTold>;
}

/** A client's words on which time would suit her better; `sequence` is of what she saw. */
export interface TimeWished {
  words: string;
  sequence: number;
}

/** One measured quantity, mm (head_shape_index: no unit). */
export interface Told {
  value_mm: number;
  u95_mm: number;
  samples: number;
  method: string;
  scale: Reference;
  hand?: "" | "left" | "right";
  u95_random_mm?: number;
  u95_systematic_mm?: number;
}

/** One try. */
export interface TryTold {
  at: string;
  status: number;
  took_ms: number;
  trouble: string;
}

/** The scale of all of it. */
export interface Whole {
  source: string;
  u95_percent: number;
}

/** What a client wishes; every part may still be missing while it is a draft. `PUT` says all of it anew. */
export interface Wish {
  pieces?: Array<string>;
  wished?: string;
  measured?: Record<string, unknown> | null;
  event_date?: string | null;
  hairstyle?: "bare" | "loose" | "tied" | "updo" | null;
  veil?: "behind" | "none" | "over" | "under" | null;
  tier?: "custom" | "studio" | null;
  materials?: string;
  stones?: string;
  notes?: string;
  language?: string;
  name?: string;
  email?: string;
  phone?: string;
}
