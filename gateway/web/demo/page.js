// The demonstration's page. It plays the caller, the hotline and the carrier; the gateway behind it is the real one.

const WORDS = {
  zh: {
    pageTitle: "好差评网关 · 演示", title: "好差评网关", subtitle: "打一个电话，回一条短信，看评价怎样走到核心库",
    toPhone: "到电话", clock: "演示时钟", skip1: "+1 小时", skipMorning: "到早上", skip24: "跳过 24 小时", bureau: "数据局",
    sound: "朗读和按键音", guide: "步骤", phone: "电话", who: "谁打电话", about: "办的事", keypad: "电话键盘",
    phoneNote: "键盘 0–9、*、# 也能按。留言只计时，不录声音。", handset: "手机短信", signature: "政务服务好差评",
    thread: "短信往来", quick: "快捷回复", yourText: "回复短信…", send: "发送", handsetNote: "每条回复怎样被读懂，气泡下面都写着。",
    results: "结果", records: "核心库", mails: "单位信箱", timeline: "里面发生了什么", views: "页面",
    timelineShort: "过程", handsetShort: "短信", mailsShort: "信箱",
    verify: "验证", parse: "解析", engine: "引擎", commit: "入库", deliver: "投递",
    steps: ["打 12345", "坐席挂机后按键评价", "看核心库", "差评：看单位信箱", "不评就挂机，跳过 24 小时", "回短信评价"],
    call: "拨打 12345", callAgain: "再打一次", hangUp: "挂断", idle: "待机", ringing: "正在接通…", agentOn: "坐席通话中",
    rating: "评价中（坐席已离线）", ended: "通话结束", agent: "坐席", citizen: "来电人", agentOff: "坐席挂机 → 请来电人评价",
    idleTip: "按绿色键拨打，也可以按回车。", pressKey: "请按键", listening: "请听，可随时按键", listenOnly: "请听", recording: "正在留言，按 # 结束",
    endings: { rated: "已评价，谢谢！", partial: "已记下一部分评价。", abandoned: "没有评价。没有按键，就什么都不记录。", no_input: "没有评价。没有按键，就什么都不记录。",
      failed: "通话失败。", nothing_asked: "这件事以前评价过了。" },
    endedUnrated: "没有评价。24 小时后会收到短信提醒。", nextSkip: "试试右上角“跳过 24 小时”。", failed: "没有成功：",
    emptyThread: "还没有短信。不评价就挂断电话，再跳过 24 小时，提醒就来了。", delivered: "已送达", sent: "已发出", accepted: "已交运营商",
    readAs: { rating: "读作评价", unclear: "没读懂，不记录", opt_out: "读作退订", restart: "恢复接收", no_sender: "号码不可用", handling_answered: "读作对处理结果的意见" }, rule: "规则",
    sending: "发送中", notSent: "没有发出，请再试",
    way: { citizen: "市民", citizenNote: "按键或回短信", gateway: "好差评网关", gatewayNote: "验证 · 解析 · 引擎 · 一次事务入库", store: "核心库", storeNote: "每条评价一份", mail: "承办单位", mailNote: "差评立刻发邮件", text: "市民手机", textNote: "24 小时提醒、致谢" },
    emptyRecords: "还没有评价。打个电话，按一个键，记录马上出现在这里。", emptyMails: "还没有邮件。按 4 或 5（不满意）后挂机，单位马上收到邮件。",
    item: "事项", staff: "工作人员", gbt: "国标", platform: "平台", points: "分值", copied: "同步", additional: "追加", revision: "第{n}版", notAdopted: "不予采纳",
    codesHint: "GB/T 39046 代码（1 最好）、国家平台代码（5 最好）、计划分值", mailNote: "邮件里没有电话号码。单位凭办件编号查找。", emptyTimeline: "一切还很安静。",
    mailFrame: "邮件内容", skipped: "演示时钟：", lost: "与网关的连接断开，正在重连…", unread: "有新短信", duringCall: "通话中不能跳时间", loadFailed: "页面没有连上网关，请用终端里打印的完整地址重新打开。",
    quickReplies: ["5", "1", "不满意", "还行吧但是等太久？", "R1", "TD", "恢复"],
  },
  en: {
    pageTitle: "Haochaping gateway · demonstration", title: "Haochaping gateway", subtitle: "Make a call, answer a text, and see the rating reach the core store",
    toPhone: "To the telephone", clock: "Demo clock", skip1: "+1 h", skipMorning: "To morning", skip24: "Skip 24 hours", bureau: "Bureau",
    sound: "Speech and key tones", guide: "Steps", phone: "Telephone", who: "Who calls", about: "About", keypad: "Keypad",
    phoneNote: "The keyboard's 0–9, * and # work too. Messages are timed; no sound is recorded.", handset: "Text messages", signature: "Service ratings",
    thread: "Messages", quick: "Quick replies", yourText: "Reply…", send: "Send", handsetNote: "Below each reply stands how it was read.",
    results: "Results", records: "Core store", mails: "Agency mailbox", timeline: "What happens inside", views: "Views",
    timelineShort: "Inside", handsetShort: "Texts", mailsShort: "Mail",
    verify: "verify", parse: "parse", engine: "engine", commit: "commit", deliver: "deliver",
    steps: ["Call 12345", "Agent hangs up: rate by key", "See the core store", "Bad rating: see the email", "Hang up unrated, skip 24 h", "Rate by text"],
    call: "Call 12345", callAgain: "Call again", hangUp: "Hang up", idle: "Ready", ringing: "Connecting…", agentOn: "Talking to the agent",
    rating: "Rating (agent is gone)", ended: "Call ended", agent: "Agent", citizen: "Caller", agentOff: "Agent hangs up → rate",
    idleTip: "Press the green button, or Enter.", pressKey: "Press a key", listening: "Listen, or press a key now", listenOnly: "Listen", recording: "Leaving a message, # ends it",
    endings: { rated: "Rated. Thank you!", partial: "Part of the rating is recorded.", abandoned: "Not rated. Without a key nothing is recorded.", no_input: "Not rated. Without a key nothing is recorded.",
      failed: "The call failed.", nothing_asked: "This was rated before." },
    endedUnrated: "Not rated. A text will remind after 24 hours.", nextSkip: "Try “Skip 24 hours” above.", failed: "That did not work: ",
    emptyThread: "No texts yet. Hang up without rating, skip 24 hours, and the reminder arrives.", delivered: "delivered", sent: "sent", accepted: "with the carrier",
    readAs: { rating: "read as a rating", unclear: "unclear: not recorded", opt_out: "read as opt-out", restart: "texts wanted again", no_sender: "unusable number", handling_answered: "read as a view of the handling" }, rule: "rule",
    sending: "sending", notSent: "not sent, please try again",
    way: { citizen: "Citizen", citizenNote: "presses a key or texts", gateway: "Gateway", gatewayNote: "verify · parse · engine · one commit", store: "Core store", storeNote: "every rating, once", mail: "Agency", mailNote: "an email for each bad one", text: "Handset", textNote: "24 h reminder, thanks" },
    emptyRecords: "No ratings yet. Call, press one key, and the record appears here.", emptyMails: "No emails yet. Press 4 or 5 and hang up: the agency gets one at once.",
    item: "item", staff: "staff", gbt: "GB/T", platform: "platform", points: "points", copied: "copy", additional: "additional", revision: "rev. {n}", notAdopted: "not adopted",
    codesHint: "Code of GB/T 39046 (1 is best), of the national platform (5 is best), points", mailNote: "No phone number in the email. The agency finds the citizen by the case number.", emptyTimeline: "All is quiet.",
    mailFrame: "The email", skipped: "Demo clock: ", lost: "Connection to the gateway lost; trying again…", unread: "new texts", duringCall: "Not during a call", loadFailed: "The page did not reach the gateway. Open the whole address that the terminal printed.",
    quickReplies: ["5", "1", "Dissatisfied", "ok but the wait was long?", "R1", "STOP", "START"],
  },
};
const STAGES = ["verify", "parse", "engine", "commit", "deliver"];
const VIEWS = [["phone", "phone", "M6 3h4l2 5-3 2a12 12 0 0 0 5 5l2-3 5 2v4a2 2 0 0 1-2 2A17 17 0 0 1 4 5a2 2 0 0 1 2-2z"], ["handset", "handsetShort", "M4 5h16v11H9l-5 4z"],
  ["records", "records", "M4 6c0-2 16-2 16 0v12c0 2-16 2-16 0zM4 6c0 2 16 2 16 0M4 12c0 2 16 2 16 0"], ["mails", "mailsShort", "M3 6h18v12H3zM3 7l9 7 9-7"], ["timeline", "timelineShort", "M5 6h14M5 12h14M5 18h9"]];
const TONES = { 1: [697, 1209], 2: [697, 1336], 3: [697, 1477], 4: [770, 1209], 5: [770, 1336], 6: [770, 1477], 7: [852, 1209], 8: [852, 1336], 9: [852, 1477], "*": [941, 1209], 0: [941, 1336], "#": [941, 1477] };

const $ = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const model = { texts: [], mails: [], records: [], timeline: [], clock: { skips: 0 } };
const ui = { lang: localStorage.getItem("lang") || "zh", person: null, errand: null, mail: null, seen: new Set(), view: "phone", read: { texts: new Set(), mails: 0, records: 0 }, sound: true };
const outgoing = JSON.parse(sessionStorage.getItem("outgoing") || "[]");
let scene = null;
let clockAhead = 0;

const t = (key) => WORDS[ui.lang][key] ?? key;
const say = (words) => (words ? words[ui.lang] : "");
const person = () => scene.citizens.find((each) => each.key === ui.person);
const errand = () => scene.errands.find((each) => each.key === ui.errand);
const now = () => new Date(Date.now() + clockAhead);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const isTyping = (target) => target.closest?.("input, select, textarea");
const newId = (prefix) => prefix + Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

// --- Requests -----------------------------------------------------------------------------------------------

async function post(path, body, headers) {
  // Every request is safe to repeat: the gateway answers the same and does nothing twice.
  for (const wait of [300, 1200, null]) {
    let answer = null;
    try {
      answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
    } catch (error) {
      if (wait === null) throw error;
    }
    if (answer && (answer.status !== 503 || wait === null)) {
      const text = await answer.text();
      if (!answer.ok && answer.status !== 503) throw new Error(`${answer.status} ${text.slice(0, 200)}`);
      return text ? JSON.parse(text) : null;
    }
    await pause(wait);
  }
}
const carrier = (path, body) => post(`/demo/carrier/${path}`, body, { "X-Demo-Token": scene.carrier_token });
const report = (service) => post("/v1/services", service, { Authorization: `Bearer ${scene.api_token}` });

function toast(words) {
  $("toast").textContent = words;
  $("toast").hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { $("toast").hidden = true; }, 4200);
}

// --- Time ---------------------------------------------------------------------------------------------------

const format = (moment, options) => new Intl.DateTimeFormat(ui.lang === "zh" ? "zh-CN" : "en-GB", { timeZone: scene.zone, hourCycle: "h23", ...options }).format(new Date(moment));
const clockTime = (moment) => format(moment, { hour: "2-digit", minute: "2-digit" });
const exactTime = (moment) => format(moment, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayTime = (moment) => format(moment, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

function tick() {
  if (!scene) return;
  $("clock").textContent = format(now(), { month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit" });
  $("clock").dateTime = now().toISOString();
}

async function skip(button) {
  if (call.phase !== "idle" && call.phase !== "ended") return toast(t("duringCall"));
  const answer = await post("/demo/clock", { skip: button.dataset.skip }, { "X-Demo-Token": scene.carrier_token });
  clockAhead = new Date(answer.now) - Date.now();
  tick();
  toast(t("skipped") + $("clock").textContent);
}

// --- Sound --------------------------------------------------------------------------------------------------

let audio = null;
function tone(frequencies, seconds = 0.13) {
  if (!ui.sound) return;
  try {
    audio ??= new AudioContext();
    const volume = audio.createGain();
    volume.gain.value = 0.06;
    volume.connect(audio.destination);
    for (const frequency of frequencies) {
      const oscillator = audio.createOscillator();
      oscillator.frequency.value = frequency;
      oscillator.connect(volume);
      oscillator.start();
      oscillator.stop(audio.currentTime + seconds);
    }
  } catch { /* a browser without sound still has a telephone to look at */ }
}

function voiceFor(language) {
  const voices = globalThis.speechSynthesis?.getVoices() ?? [];
  return voices.find((voice) => voice.lang.toLowerCase().replace("_", "-").startsWith(language.slice(0, 2).toLowerCase()));
}

// Speaks a prompt, or gives the time to read it; ends early when `signal` does.
async function speak(prompt, signal) {
  const reading = Math.max(700, prompt.text.length * (prompt.language === "en" ? 55 : 140));
  const finished = new Promise((done) => signal.addEventListener("abort", done, { once: true }));
  if (prompt.audio && ui.sound) {
    const recording = new Audio(prompt.audio);
    const played = new Promise((done) => { recording.onended = done; recording.onerror = done; });
    recording.play().catch(() => {});
    await Promise.race([played, finished, pause(reading * 4)]);
    return recording.pause();
  }
  const voice = ui.sound && voiceFor(prompt.language);
  if (!voice) return Promise.race([pause(reading), finished]);
  const utterance = new SpeechSynthesisUtterance(prompt.text);
  utterance.voice = voice;
  utterance.lang = voice.lang;
  utterance.rate = 1.05;
  const spoken = new Promise((done) => { utterance.onend = done; utterance.onerror = done; });
  speechSynthesis.speak(utterance);
  // Some browsers never tell that an utterance ended.
  await Promise.race([spoken, finished, pause(reading * 3 + 2000)]);
  speechSynthesis.cancel();
}

// --- The call -----------------------------------------------------------------------------------------------

const call = { phase: "idle", id: null, service: null, keys: null, stop: null, startedAt: 0, step: null, recordedFrom: 0, lines: [] };

const wait = (ms, signal) => new Promise((done) => {
  const timer = setTimeout(done, ms);
  signal.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
});

function enter(phase) {
  call.phase = phase;
  drawScreen();
}

async function dial() {
  if (call.phase !== "idle" && call.phase !== "ended") return;
  Object.assign(call, { id: newId("DC"), service: null, reported: null, arrival: null, ending: null, stop: new AbortController(), startedAt: Date.now(), lines: [], step: null });
  const signal = call.stop.signal;
  enter("ringing");
  tone([450], 0.6);
  await wait(calm.matches ? 0 : 900, signal);
  if (signal.aborted) return;
  enter("agent");
  for (const line of errand().talk) {
    call.lines.push(line);
    drawScreen();
    await wait(calm.matches ? 0 : 750, signal);
    if (signal.aborted || call.phase !== "agent") return;
  }
}

// The hotline's business system reports the service; then the carrier hands the caller to the gateway.
async function agentHangsUp() {
  if (call.phase !== "agent") return;
  enter("rating");
  try {
    call.arrival = reportService().then(() => carrier("voice/rating", { call_id: call.id, from: person().phone, service_id: call.service }));
    await converse(await call.arrival);
  } catch (error) {
    fail(error);
  }
}

function reportService() {
  call.reported ??= sendReports();
  return call.reported;
}

async function sendReports() {
  const { kind, matters, staff, group } = errand();
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: scene.zone }).format(now()).replaceAll("-", "");
  const serial = () => String(crypto.getRandomValues(new Uint32Array(1))[0] % 1e6).padStart(6, "0");
  const ids = matters.map((matter) => `${matter.region_code}-${day}-${serial()}`);
  call.service = ids[0];
  for (const [index, matter] of matters.entries()) {
    await report({
      service_id: ids[index], kind, phone: person().phone, agency_code: matter.agency_code, region_code: matter.region_code,
      item: { code: matter.code, name: matter.name }, staff, visit_no: 1, completed_at: now().toISOString(), language: person().language,
      batch_id: group === "batch" ? `B-${ids[0]}` : null, theme_id: group === "theme" ? `T-${ids[0]}` : null,
    });
  }
}

async function converse(answer) {
  const signal = call.stop.signal;
  while (!signal.aborted) {
    const given = await perform(answer, signal);
    if (signal.aborted) return;
    if (given === null) return finish();
    answer = await carrier("voice/step", { call_id: call.id, step: answer.await.step, ...given });
  }
}

// Says the prompts and waits for what the gateway asked for; null when it asked for nothing more.
async function perform(answer, signal) {
  const awaited = answer.await;
  call.lines = answer.prompts.map((prompt) => ({ prompt, state: "" }));
  call.step = awaited.step ?? null;
  call.awaited = awaited;
  const pressed = new AbortController();
  signal.addEventListener("abort", () => pressed.abort(), { once: true });
  let key = null;
  call.keys = (digit) => { key = digit; pressed.abort(); };
  $("spoken").textContent = answer.prompts.map((prompt) => prompt.text).join(" ");
  offerKeys(awaited.kind === "key" ? answer.prompts : []);
  for (const line of call.lines) {
    if (pressed.signal.aborted) break;
    // What no key interrupts drops keys, so that a key pressed twice answers one question only.
    listenForKeys(line.prompt.interruptible);
    line.state = "now";
    drawScreen();
    await speak(line.prompt, line.prompt.interruptible ? pressed.signal : signal);
    line.state = "said";
  }
  if (signal.aborted || awaited.kind === "nothing") return null;
  listenForKeys(true);
  if (awaited.kind === "recording") return { recording: { seconds: await recordMessage(awaited, signal) } };
  if (!pressed.signal.aborted) await countDown(awaited.timeout_seconds, pressed.signal, t("pressKey"));
  call.keys = null;
  showWaiting(null);
  return key === null ? {} : { key };
}

function listenForKeys(listening) {
  call.listening = listening;
  $("keypad").classList.toggle("listening", listening);
}

async function recordMessage(awaited, signal) {
  tone([1000], 0.4);
  const done = new AbortController();
  signal.addEventListener("abort", () => done.abort(), { once: true });
  call.keys = (digit) => { if (digit === awaited.finish_key) done.abort(); };
  call.recordedFrom = Date.now();
  await countDown(awaited.max_seconds, done.signal, t("recording"), true);
  const seconds = recordedSeconds();
  // When the caller hangs up, whoever hung up reports what was spoken.
  if (!signal.aborted) call.recordedFrom = 0;
  call.keys = null;
  showWaiting(null);
  return seconds;
}
const recordedSeconds = () => Math.max(1, Math.round((Date.now() - call.recordedFrom) / 1000));

async function countDown(seconds, signal, words, recording = false) {
  const ends = Date.now() + seconds * 1000;
  while (!signal.aborted && Date.now() < ends) {
    const left = (ends - Date.now()) / 1000;
    const shown = recording ? Math.floor(seconds - left) : Math.ceil(left);
    showWaiting(words, left / seconds, `${shown} s`, recording);
    await wait(Math.min(200, ends - Date.now()), signal);
  }
}

function showWaiting(words, share = 1, time = "", recording = false) {
  $("waiting").hidden = words === null;
  if (words === null) return;
  $("waiting").classList.toggle("recording", recording);
  $("hand").style.strokeDashoffset = String(100 - 100 * share);
  $("waiting-words").textContent = `${words} ${time}`;
}

async function hangUp() {
  if (!["ringing", "agent", "rating"].includes(call.phase)) return;
  const { phase, step, recordedFrom } = call;
  const seconds = recordedFrom ? recordedSeconds() : 0;
  call.stop.abort();
  globalThis.speechSynthesis?.cancel();
  if (phase === "ringing") return enter("idle");
  if (phase === "agent") {
    // The hotline reports the ended call; nobody was asked, so the reminder follows.
    call.ending = "unasked";
    enter("ended");
    return reportService().catch(fail);
  }
  try {
    if (seconds) await carrier("voice/step", { call_id: call.id, step, recording: { seconds } });
    await finish();
  } catch (error) {
    fail(error);
  }
}

async function finish() {
  call.recordedFrom = 0;
  call.keys = null;
  showWaiting(null);
  offerKeys([]);
  enter("ended");
  tone([450], 0.25);
  // A caller may hang up before the gateway knows of the call; its end is reported after its beginning.
  await call.arrival;
  await carrier("voice/status", { call_id: call.id, status: "completed" });
}

function fail(error) {
  call.stop?.abort();
  showWaiting(null);
  offerKeys([]);
  enter("ended");
  toast(t("failed") + error.message);
}

function press(digit) {
  const button = [...$("keypad").children].find((each) => each.dataset.key === digit);
  tone(TONES[digit]);
  button?.classList.add("down");
  setTimeout(() => button?.classList.remove("down"), 130);
  if (call.phase === "rating" && call.listening) call.keys?.(digit);
}

// The prompts themselves tell what the keys mean: 满意按2, “Satisfied: 2”.
function offerKeys(prompts) {
  listenForKeys(false);
  const labels = new Map();
  for (const { text, language } of prompts) {
    const pattern = language === "en" ? /(?:For )?([A-Za-z ]+)[:,] (?:press )?([0-9])/g : /([\u4e00-\u9fa5]{1,6}?)(?:请)?按(星号|[0-9])/g;
    for (const [, label, key] of text.matchAll(pattern)) labels.set(key === "星号" ? "*" : key, label.trim());
  }
  for (const button of $("keypad").children) {
    const label = labels.get(button.dataset.key);
    button.classList.toggle("offered", label !== undefined);
    button.querySelector("small").textContent = label ?? "";
  }
}

function drawScreen() {
  const body = $("screen-body");
  const { phase } = call;
  $("call-state").textContent = t({ idle: "idle", ringing: "ringing", agent: "agentOn", rating: "rating", ended: "ended" }[phase]);
  const talking = ["ringing", "agent", "rating"].includes(phase);
  $("call").hidden = talking;
  $("call").textContent = t(phase === "ended" ? "callAgain" : "call");
  $("hang-up").hidden = !talking;
  $("hang-up").textContent = t("hangUp");
  $("errand").disabled = talking;
  for (const button of $("people").children) button.disabled = talking;
  body.replaceChildren(...{ idle: idleScreen, ringing: idleScreen, agent: agentScreen, rating: ratingScreen, ended: endedScreen }[phase]());
  body.querySelector(".now, .agent-off")?.scrollIntoView({ block: "nearest" });
}

const idleScreen = () => [
  h("div", { class: "idle-name" }, say(person().name)), h("div", { class: "idle-line" }, person().phone.replace("+86", "").replace(/^(\d{3})\d+(\d{4})$/, "$1****$2")),
  h("div", { class: "idle-line" }, say(errand().title)), h("div", { class: "screen-tip" }, say(errand().hint)),
];
const agentScreen = () => [
  ...call.lines.map((line) => h("div", { class: `talk ${line.who}` }, h("small", {}, t(line.who)), say(line))),
  h("button", { type: "button", class: "agent-off", id: "agent-off", onclick: agentHangsUp }, t("agentOff")),
];
const ratingScreen = () => call.lines.map((line) => h("p", { class: `prompt ${line.state}`, lang: line.prompt?.language }, line.prompt ? line.prompt.text : ""));
function endedScreen() {
  const unrated = ["unasked", "abandoned", "no_input"].includes(call.ending);
  const words = call.ending === "unasked" ? t("endedUnrated") : t("endings")[call.ending] ?? "";
  return [h("div", { class: "idle-name" }, t("ended")), h("p", { class: "prompt now" }, words), unrated && h("div", { class: "screen-tip" }, t("nextSkip"))].filter(Boolean);
}

function drawCallTime() {
  const talking = ["agent", "rating"].includes(call.phase);
  const seconds = Math.floor((Date.now() - call.startedAt) / 1000);
  $("call-time").textContent = talking ? `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}` : "";
}

// --- The handset --------------------------------------------------------------------------------------------

async function sendText(words) {
  const text = { id: newId("DT"), from: person().phone, body: words, at: now().toISOString(), state: "sending" };
  outgoing.push(text);
  drawThread();
  try {
    await carrier("sms/inbound", { message_id: text.id, from: text.from, to: scene.line, text: words });
    text.state = "sent";
  } catch {
    text.state = "notSent";
  }
  sessionStorage.setItem("outgoing", JSON.stringify(outgoing.slice(-100)));
  drawThread();
}

function drawThread() {
  const phone = person().phone;
  const incoming = model.texts.filter((text) => text.to === phone);
  const mine = outgoing.filter((text) => text.from === phone);
  const all = [...incoming, ...mine].sort((one, other) => new Date(one.at) - new Date(other.at));
  const known = new Set([...$("thread").children].map((item) => item.dataset.id));
  const bubbles = all.map((text) => (text.from ? outgoingBubble(text) : incomingBubble(text)));
  for (const bubble of bubbles) if (known.size && !known.has(bubble.dataset.id)) bubble.classList.add("fresh");
  $("thread").replaceChildren(...(bubbles.length ? bubbles : [h("li", { class: "empty" }, t("emptyThread"))]));
  $("thread").scrollTop = $("thread").scrollHeight;
  $("handset-owner").textContent = say(person().name);
  for (const text of incoming) if (shows("handset")) ui.read.texts.add(text.id);
  drawPeople();
}

function incomingBubble(text) {
  const ticks = text.receipt === "delivered" ? "✓✓" : text.receipt ? "✓" : "";
  return h("li", { class: "bubble", "data-id": text.id }, h("p", {}, text.body),
    h("small", {}, dayTime(text.at), " ", h("span", { class: "ticks" }, ticks), text.receipt ? ` ${t(text.receipt)}` : ""));
}

function outgoingBubble(text) {
  const entry = model.timeline.find((each) => each.facts.message_id === `demo:${text.id}`);
  const { outcome, rule } = entry?.facts ?? {};
  const mark = text.state === "sent" ? "✓" : t(text.state);
  return h("li", { class: "bubble out", "data-id": text.id }, h("p", {}, text.body), h("small", {}, dayTime(text.at), " ", h("span", { class: "ticks" }, mark)),
    outcome && h("small", { class: "read" }, `${t("readAs")[outcome] ?? outcome}${rule ? ` · ${t("rule")} ${rule}` : ""}`));
}

function drawPeople() {
  const unread = new Set(model.texts.filter((text) => !ui.read.texts.has(text.id)).map((text) => text.to));
  for (const [index, citizen] of scene.citizens.entries()) {
    const button = $("people").children[index];
    button.setAttribute("aria-checked", String(citizen.key === ui.person));
    button.tabIndex = citizen.key === ui.person ? 0 : -1;
    const news = unread.has(citizen.phone) && citizen.key !== ui.person;
    button.replaceChildren(h("span", { class: "face", "aria-hidden": "true" }, say(citizen.name).replace("Ms ", "").replace("Mr ", "").slice(0, 1)), say(citizen.name).replace(/,.*/, ""),
      ...(news ? [h("span", { class: "news", role: "img", "aria-label": t("unread") })] : []));
  }
}

function choosePerson(key) {
  ui.person = key;
  ui.errand = person().errand;
  call.phase = "idle";
  drawErrands();
  drawScreen();
  drawThread();
}

function drawErrands() {
  $("errand").replaceChildren(...scene.errands.map((each) => h("option", { value: each.key }, say(each.title))));
  $("errand").value = ui.errand;
}

// --- What came of it ----------------------------------------------------------------------------------------

function drawRecords() {
  const open = new Set([...$("records").querySelectorAll("details[open]")].map((each) => each.dataset.id));
  const known = new Set([...$("records").querySelectorAll("details")].map((each) => each.dataset.key));
  const records = evaluations().map((revisions) => {
    const element = drawRecord(revisions);
    element.open = open.has(element.dataset.id);
    if (!known.has(element.dataset.key)) element.classList.add("fresh");
    return element;
  });
  $("records").replaceChildren(...(records.length ? records : [drawWay()]));
  $("records-count").textContent = String(records.length);
}

// The revisions of each evaluation, the newest first; the evaluation stored last comes first.
function evaluations() {
  const byId = new Map();
  for (const record of model.records) byId.set(record.document.evaluation_id, [...(byId.get(record.document.evaluation_id) ?? []), record]);
  return [...byId.values()].map((revisions) => revisions.sort((one, other) => other.document.revision - one.document.revision));
}

// While there is nothing to show: the way that every rating takes.
function drawWay() {
  const box = (name, note) => h("li", { class: `box ${name}` }, h("b", {}, t("way")[name]), h("small", {}, t("way")[note]));
  return h("div", { class: "empty-panel" }, h("ol", { class: "way" }, box("citizen", "citizenNote"), box("gateway", "gatewayNote"),
    h("li", { class: "ends" }, h("ol", {}, box("store", "storeNote"), box("mail", "mailNote"), box("text", "textNote")))), h("p", {}, t("emptyRecords")));
}

function drawRecord(revisions) {
  const { document: record, level_name: level, channel_name: channel, codes, is_bad: bad } = revisions[0];
  const kind = record.subject?.kind;
  const tags = [record.applied_from && t("copied"), record.sequence > 1 && t("additional"), record.revision > 1 && t("revision").replace("{n}", record.revision), record.adopted === false && t("notAdopted")];
  const agency = scene.agencies[record.agency_code] ?? record.agency_code;
  return h("details", { class: "record", "data-id": record.evaluation_id, "data-key": `${record.evaluation_id}:${record.revision}` },
    h("summary", {},
      h("span", { class: `level ${bad ? "bad" : record.level === "fairly_satisfied" ? "fair" : ""}` }, say(level)),
      h("span", { class: "subject" }, record.subject?.name, " ", h("small", {}, t(kind)), tags.filter(Boolean).map((tag) => h("span", { class: "tag" }, tag))),
      h("span", { class: "where" }, [agency, say(channel), dayTime(record.evaluated_at), record.comment && `“${record.comment}”`].filter(Boolean).join(" · ")),
      codes && h("span", { class: "codes", title: t("codesHint") }, [["gbt", codes.gbt39046], ["platform", codes.platform], ["points", codes.points]].map(([name, code]) => h("span", {}, String(code), h("small", {}, t(name))))),
    ),
    revisions.map((each) => h("pre", {}, prettyJson(each.document))));
}

function prettyJson(record) {
  return JSON.stringify(record, null, 2).split("\n").flatMap((line) => {
    const [, space, name, rest] = line.match(/^(\s*)"(\w+)": (.*)$/) ?? [];
    return name ? [space, h("b", {}, name), `: ${rest}\n`] : [`${line}\n`];
  });
}

function drawMails() {
  const mails = model.mails;
  const reading = shows("mails") && mails.some((mail) => mail.id === ui.mail);
  if (!reading) ui.mail = mails[0]?.id ?? null;
  $("mails-count").textContent = String(mails.length);
  $("mail-list").replaceChildren(...mails.map((mail) => h("li", {}, h("button", { type: "button", "aria-current": String(mail.id === ui.mail), onclick: () => { ui.mail = mail.id; drawMails(); } },
    h("b", {}, mail.subject), h("small", {}, mail.to), h("small", {}, mail.date ? dayTime(mail.date) : "")))));
  if (!mails.length) return $("mail-view").replaceChildren(h("p", { class: "empty-panel" }, t("emptyMails")));
  if ($("mail-view").dataset.mail === `${ui.mail} ${ui.lang}`) return undefined;
  $("mail-view").dataset.mail = `${ui.mail} ${ui.lang}`;
  const frame = h("iframe", { sandbox: "allow-popups allow-popups-to-escape-sandbox", title: t("mailFrame"), src: `/demo/mail/${encodeURIComponent(ui.mail)}` });
  return $("mail-view").replaceChildren(frame, h("p", {}, t("mailNote")));
}

function drawTimeline() {
  const known = Number($("timeline").dataset.last || 0);
  const entries = [...model.timeline].reverse().map((entry) => drawEntry(entry, known && entry.no > known));
  $("timeline").dataset.last = String(model.timeline.at(-1)?.no ?? 0);
  $("timeline").replaceChildren(...(entries.length ? entries : [h("li", { class: "empty-panel" }, t("emptyTimeline"))]));
}

function drawEntry(entry, fresh) {
  const ids = Object.entries(entry.facts).filter(([name, value]) => /_id$|^key$/.test(name) && name !== "request_id" && value).map(([name, value]) => `${name.replace(/_id$/, "")} ${value}`).join("   ");
  const passed = entry.stages.map((stage) => t(stage)).join(" → ");
  return h("li", { class: `${entry.tone} ${fresh ? "fresh" : ""}` }, h("time", { datetime: entry.at }, exactTime(entry.at)),
    h("span", { class: "bar", role: "img", "aria-label": passed, title: passed }, STAGES.map((stage) => h("i", { class: `${stage} ${entry.stages.includes(stage) ? "on" : ""}` }))),
    h("div", { class: "words" }, h("b", {}, say(entry.title)), entry.detail && h("span", {}, say(entry.detail)), ids && h("code", { title: ids }, ids)),
    h("span", { class: "ms" }, entry.milliseconds == null ? "" : `${entry.milliseconds} ms`));
}

// --- Getting around -----------------------------------------------------------------------------------------

const narrow = matchMedia("(max-width: 719px)");
const currentTab = () => ($("tab-mails").getAttribute("aria-selected") === "true" ? "mails" : "records");
const shows = (name) => (narrow.matches ? ui.view === name : ["records", "mails"].includes(name) ? currentTab() === name : true);

function openTab(name, focus = false) {
  for (const each of ["records", "mails"]) {
    const chosen = each === name;
    $(`tab-${each}`).setAttribute("aria-selected", String(chosen));
    $(`tab-${each}`).tabIndex = chosen ? 0 : -1;
    $(each).hidden = !chosen;
    if (chosen && focus) $(`tab-${each}`).focus();
  }
  notice();
}

function openView(name) {
  ui.view = name;
  document.body.dataset.view = name;
  if (name === "records" || name === "mails") openTab(name);
  if (name === "handset") drawThread();
  if (narrow.matches) scrollTo(0, 0);
  notice();
}

// Marks as seen what is on show, and tells of what is not.
function notice() {
  const counts = { records: evaluations().length, mails: model.mails.length };
  for (const [name, count] of Object.entries(counts)) {
    if (shows(name)) ui.read[name] = count;
    $(`${name}-count`).classList.toggle("news", count > ui.read[name]);
  }
  if (shows("records") && model.records.length) ui.seen.add("records");
  if (shows("mails") && model.mails.length) ui.seen.add("mails");
  drawGuide();
  drawViews(counts);
}

function drawGuide() {
  const called = model.timeline.some((entry) => entry.facts.call_id) || call.phase !== "idle";
  const byPhone = model.records.some(({ document: record }) => record.channel === "phone");
  const done = [called, byPhone, ui.seen.has("records"), ui.seen.has("mails"), model.clock.skips > 0 && model.texts.length > 0, model.records.some(({ document: record }) => record.channel === "sms")];
  const next = done.indexOf(false);
  const shown = next < 0 ? done.length - 1 : next;
  const places = ["phone", "phone", "records", "mails", "phone", "handset"];
  $("guide").replaceChildren(...t("steps").map((words, index) => h("li", { class: `${done[index] ? "done" : ""} ${index === next ? "next" : ""} ${index === shown ? "shown" : ""}` },
    h("button", { type: "button", "data-number": index + 1, "aria-current": index === next ? "step" : null, onclick: () => openView(places[index]) }, words))));
}

function drawViews(counts) {
  const news = { handset: model.texts.filter((text) => !ui.read.texts.has(text.id)).length, records: counts.records - ui.read.records, mails: counts.mails - ui.read.mails };
  $("views").replaceChildren(...VIEWS.map(([name, label, path]) => {
    const button = h("button", { type: "button", "aria-current": String(ui.view === name), onclick: () => openView(name) });
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.setAttribute("viewBox", "0 0 24 24");
    icon.setAttribute("aria-hidden", "true");
    icon.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    icon.firstChild.setAttribute("d", path);
    button.append(icon, t(label));
    if (news[name] > 0) button.append(h("b", { class: "count" }, String(news[name])));
    return button;
  }));
}

function drawAll() {
  document.documentElement.lang = ui.lang === "zh" ? "zh-CN" : "en";
  document.title = t("pageTitle");
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.dataset.tLabel));
  for (const element of document.querySelectorAll("[data-t-placeholder]")) element.placeholder = t(element.dataset.tPlaceholder);
  $("language").textContent = ui.lang === "zh" ? "English" : "中文";
  $("language").lang = ui.lang === "zh" ? "en" : "zh-CN";
  $("stages").replaceChildren(...STAGES.map((stage) => h("li", { class: stage }, t(stage))));
  $("quick").replaceChildren(...t("quickReplies").map((words) => h("button", { type: "button", onclick: () => sendText(words) }, words)));
  drawErrands();
  drawScreen();
  drawRecords();
  drawMails();
  drawTimeline();
  drawThread();
  tick();
  notice();
}

// --- Start --------------------------------------------------------------------------------------------------

const DRAW = { texts: drawThread, mails: drawMails, records: drawRecords, timeline: () => { drawTimeline(); drawThread(); learnEnding(); }, clock: tick };

function learnEnding() {
  const entry = model.timeline.findLast((each) => each.facts.call_id === `demo:${call.id}` && each.facts.ending);
  if (!entry || call.phase !== "ended" || call.ending === entry.facts.ending) return;
  call.ending = entry.facts.ending;
  drawScreen();
}

function listen() {
  const events = new EventSource("/demo/events");
  for (const [name, draw] of Object.entries(DRAW)) {
    events.addEventListener(name, (event) => {
      const { now: shown, content } = JSON.parse(event.data);
      clockAhead = new Date(shown) - Date.now();
      const before = model.texts.length;
      model[name] = content;
      draw();
      if (name === "texts" && before && content.length > before) tone([880, 1320], 0.18);
      notice();
    });
  }
  events.onerror = () => toast(t("lost"));
}

function connect() {
  $("keypad").replaceChildren(...Object.keys(TONES).sort((one, other) => "123456789*0#".indexOf(one) - "123456789*0#".indexOf(other)).map((key) =>
    h("button", { type: "button", "data-key": key, onclick: () => press(key) }, h("b", {}, key), h("small", {}))));
  $("people").replaceChildren(...scene.citizens.map((citizen) => h("button", { type: "button", role: "radio", onclick: () => choosePerson(citizen.key) })));
  $("people").addEventListener("keydown", (event) => moveFocus(event, [...$("people").children]));
  document.querySelector("[role=tablist]").addEventListener("keydown", (event) => moveFocus(event, [$("tab-records"), $("tab-mails")]));
  $("errand").addEventListener("change", () => { ui.errand = $("errand").value; call.phase = "idle"; drawScreen(); });
  $("call").addEventListener("click", dial);
  $("hang-up").addEventListener("click", hangUp);
  $("compose").addEventListener("submit", (event) => {
    event.preventDefault();
    const words = $("text").value;
    if (words.trim()) sendText(words);
    $("text").value = "";
  });
  for (const name of ["records", "mails"]) $(`tab-${name}`).addEventListener("click", () => openTab(name));
  for (const button of document.querySelectorAll(".skip")) button.addEventListener("click", () => skip(button).catch(fail));
  $("language").addEventListener("click", () => { ui.lang = ui.lang === "zh" ? "en" : "zh"; localStorage.setItem("lang", ui.lang); drawAll(); });
  $("sound").addEventListener("click", () => { ui.sound = !ui.sound; $("sound").setAttribute("aria-pressed", String(ui.sound)); if (!ui.sound) globalThis.speechSynthesis?.cancel(); });
  document.addEventListener("keydown", onKey);
  narrow.addEventListener("change", () => openView(ui.view));
  setInterval(() => { tick(); drawCallTime(); }, 500);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (TONES[event.key]) { event.preventDefault(); press(event.key); }
  else if (event.key === "Escape") hangUp();
  else if (event.key === "Enter" && event.target === document.body) { if (call.phase === "agent") agentHangsUp(); else dial(); }
}

function moveFocus(event, items) {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const next = items[(items.indexOf(document.activeElement) + by + items.length) % items.length];
  if (next.disabled) return;
  next.click();
  next.focus();
}

async function begin() {
  // The token has become a cookie; it need not stay in the address bar.
  if (location.search.includes("token=")) history.replaceState(null, "", "/demo/");
  const answer = await fetch("/demo/scene");
  if (!answer.ok) throw new Error(String(answer.status));
  scene = await answer.json();
  ui.person = scene.citizens[0].key;
  ui.errand = person().errand;
  connect();
  drawAll();
  listen();
}

begin().catch((error) => { console.error(error); toast(t("loadFailed")); });
