#include "net/mail.hpp"

#include <algorithm>
#include <curl/curl.h>
#include <mutex>
#include <unistd.h>

namespace tocsin::net {
namespace {

constexpr std::chrono::seconds patience_when_stopping{10};

void start_curl_once() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

std::string machine_name() {
    char name[256] = {};
    if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "localhost";
    return name;
}

/// One printable line; what a server says goes to logs and screens.
std::string printable(std::string_view text) {
    std::string out;
    for (char const c : trimmed(text.substr(0, 400))) out += (c >= 0x20 && c < 0x7f) ? c : '?';
    return out;
}

enum class Stage { connecting, mail, recipients, data, ended };

/// What one transaction has come to; filled by curl's callbacks.
struct Conversation {
    SmtpEnvelope const* envelope = nullptr;
    std::string_view bytes;
    std::size_t given = 0;
    std::function<Status()> const* before_end = nullptr;
    std::function<bool()> const* is_stopping = nullptr;
    std::chrono::steady_clock::time_point ended_at;

    Stage stage = Stage::connecting;
    std::size_t recipient = 0;  ///< counts RCPT commands
    int code = 0;
    std::string reply;
    bool has_answer_to_end = false;
    bool has_quit = false;   ///< curl says good-bye by itself after a failure; that answer is not about the message
    std::string broken_off;  ///< why before_end refused
    std::vector<SmtpRefusal> refused;
    std::vector<std::string> taken;

    void command(std::string_view line) {
        if (line.starts_with("MAIL FROM")) {
            stage = Stage::mail;
        } else if (line.starts_with("RCPT TO")) {
            stage = Stage::recipients;
            ++recipient;
        } else if (line.starts_with("DATA")) {
            stage = Stage::data;
        } else if (line.starts_with("QUIT")) {
            has_quit = true;
        }
    }

    void answer(std::string_view line) {
        if (has_quit || line.size() < 3 || (line.size() > 3 && line[3] == '-')) return;
        auto const number = parse_int(line.substr(0, 3));
        if (!number || *number < 200 || *number > 599) return;
        code = static_cast<int>(*number);
        reply = printable(line);
        if (stage == Stage::ended) has_answer_to_end = true;
        if (stage != Stage::recipients || recipient == 0 || recipient > envelope->to.size()) return;
        auto const& address = envelope->to[recipient - 1];
        if (code < 300) {
            taken.push_back(address);
        } else {
            refused.push_back({address, code, reply});
        }
    }
};

std::size_t give_bytes(char* buffer, std::size_t size, std::size_t count, void* data) {
    auto& talk = *static_cast<Conversation*>(data);
    auto const piece = talk.bytes.substr(talk.given, size * count);
    if (!piece.empty()) {
        piece.copy(buffer, piece.size());
        talk.given += piece.size();
        return piece.size();
    }
    // curl asks again only when all of the last piece is with the socket. After the 0 it sends the final dot.
    if (talk.stage == Stage::ended) return 0;
    if (auto const status = (*talk.before_end)(); !status) {
        talk.broken_off = status.error().message;
        return CURL_READFUNC_ABORT;
    }
    talk.stage = Stage::ended;
    talk.ended_at = std::chrono::steady_clock::now();
    return 0;
}

int listen_in(CURL*, curl_infotype type, char* data, std::size_t size, void* user) {
    auto& talk = *static_cast<Conversation*>(user);
    if (type == CURLINFO_HEADER_OUT) talk.command({data, size});
    if (type == CURLINFO_HEADER_IN) talk.answer({data, size});
    return 0;
}

int keep_going(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto const& talk = *static_cast<Conversation*>(user);
    if (talk.is_stopping == nullptr || !*talk.is_stopping || !(*talk.is_stopping)()) return 0;
    if (talk.stage != Stage::ended) return 1;
    return std::chrono::steady_clock::now() - talk.ended_at > patience_when_stopping ? 1 : 0;
}

std::size_t drop_bytes(char*, std::size_t size, std::size_t count, void*) {
    return size * count;
}

SmtpOutcome::Kind kind_of_code(int code) {
    if (code >= 500) return SmtpOutcome::Kind::permanent;
    return SmtpOutcome::Kind::temporary;
}

SmtpOutcome::Kind kind_of_failure(Conversation const& talk) {
    using Kind = SmtpOutcome::Kind;
    if (talk.stage == Stage::ended) {
        if (!talk.has_answer_to_end) return Kind::unknown;
        return talk.code < 300 ? Kind::accepted : kind_of_code(talk.code);
    }
    if (talk.stage == Stage::connecting) return Kind::unreachable;
    if (talk.code < 400) return Kind::temporary;  // the connection broke
    // 552: this message is too large. Any other 5xx to MAIL is about us: nothing we send would pass.
    if (talk.stage == Stage::mail && talk.code >= 500 && talk.code != 552) return Kind::unreachable;
    if (talk.stage == Stage::recipients) {
        auto const later = [](SmtpRefusal const& refusal) { return refusal.code < 500; };
        return std::ranges::any_of(talk.refused, later) ? Kind::temporary : Kind::permanent;
    }
    return kind_of_code(talk.code);
}

}  // namespace

Status check_smtp_url(std::string_view url) {
    auto rest = url;
    if (rest.starts_with("smtp://")) {
        rest.remove_prefix(7);
    } else if (rest.starts_with("smtps://")) {
        rest.remove_prefix(8);
    } else {
        return fail(Code::invalid, "a mail server is given as smtp://host:port or smtps://host:port");
    }
    if (rest.ends_with('/')) rest.remove_suffix(1);
    bool const is_fine = !rest.empty() && std::ranges::all_of(rest, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("-._:[]").find(c) != std::string_view::npos;
    });
    if (!is_fine) return fail(Code::invalid, "the mail server's address may hold only a host and a port");
    return {};
}

struct SmtpClient::Impl {
    SmtpOptions options;
    CURL* curl = nullptr;

    explicit Impl(SmtpOptions given) : options(std::move(given)) { start_curl_once(); }
    ~Impl() { drop(); }
    Impl(Impl const&) = delete;
    Impl& operator=(Impl const&) = delete;

    void drop() {
        if (curl != nullptr) curl_easy_cleanup(curl);
        curl = nullptr;
    }

    long tls() const {
        switch (options.tls) {
            case SmtpTls::required:
                return CURLUSESSL_ALL;
            case SmtpTls::opportunistic:  // a password never goes out in the clear because somebody hid STARTTLS
                return options.user.empty() ? CURLUSESSL_TRY : CURLUSESSL_ALL;
            case SmtpTls::none:
                return CURLUSESSL_NONE;
        }
        return CURLUSESSL_ALL;
    }

    void set_up(Conversation& talk, char* error) {
        if (curl == nullptr) curl = curl_easy_init();
        TOCSIN_ASSERT(curl != nullptr);
        curl_easy_reset(curl);  // keeps the connection
        auto const name = options.greeting.empty() ? machine_name() : options.greeting;
        auto url = options.url;
        while (url.ends_with('/')) url.pop_back();
        url += "/" + percent_encoded(name);
        curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_USE_SSL, tls());
        curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        if (!options.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca_file.c_str());
        if (!options.user.empty()) {
            curl_easy_setopt(curl, CURLOPT_USERNAME, options.user.c_str());
            curl_easy_setopt(curl, CURLOPT_PASSWORD, options.password.c_str());
        }
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.connect_time.count()));
        curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(options.quiet_time.count()));
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(options.total_time.count()));
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
        curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);  // to listen_in only
        curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, listen_in);
        curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &talk);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_bytes);
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, keep_going);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &talk);
    }

    SmtpOutcome transact(Conversation& talk, SmtpEnvelope const& envelope, std::string_view bytes,
                         std::function<Status()> const& before_end, std::function<bool()> const& is_stopping) {
        talk.envelope = &envelope;
        talk.bytes = bytes;
        talk.before_end = &before_end;
        talk.is_stopping = &is_stopping;
        char error[CURL_ERROR_SIZE] = {};
        set_up(talk, error);
        curl_slist* recipients = nullptr;
        for (auto const& address : envelope.to)
            recipients = curl_slist_append(recipients, ("<" + address + ">").c_str());
        curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + envelope.from + ">").c_str());
        curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
        curl_easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        // No INFILESIZE: with it curl ends by itself after the last byte and never comes back to ask (see give_bytes).
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_bytes);
        curl_easy_setopt(curl, CURLOPT_READDATA, &talk);
        auto outcome = perform(talk, error);
        curl_slist_free_all(recipients);
        return outcome;
    }

    SmtpOutcome perform(Conversation& talk, char const* error) {
        auto const result = curl_easy_perform(curl);
        SmtpOutcome outcome;
        outcome.kind = result == CURLE_OK ? SmtpOutcome::Kind::accepted : kind_of_failure(talk);
        outcome.code = talk.code;
        outcome.refused = std::move(talk.refused);
        if (outcome.kind == SmtpOutcome::Kind::accepted) outcome.accepted_for = std::move(talk.taken);
        if (!talk.broken_off.empty()) {
            outcome.reply = talk.broken_off;
        } else if (result == CURLE_OK || talk.code >= 400) {
            outcome.reply = talk.reply;
        } else {
            outcome.reply = printable(error[0] != '\0' ? error : curl_easy_strerror(result));
        }
        curl_easy_setopt(curl, CURLOPT_VERBOSE, 0L);  // `talk` ends before the connection does
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 1L);
        if (result != CURLE_OK) drop();  // a connection in doubt is not used again
        return outcome;
    }
};

SmtpClient::SmtpClient(SmtpOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
SmtpClient::~SmtpClient() = default;
SmtpClient::SmtpClient(SmtpClient&&) noexcept = default;

SmtpOutcome SmtpClient::send(SmtpEnvelope const& envelope, std::string_view bytes,
                             std::function<Status()> const& before_end, std::function<bool()> const& is_stopping) {
    auto const refuse = [](std::string why) {
        SmtpOutcome outcome;
        outcome.kind = SmtpOutcome::Kind::permanent;
        outcome.reply = std::move(why);
        return outcome;
    };
    if (envelope.to.empty()) return refuse("no recipient");
    if (!is_mail_address(envelope.from)) return refuse("the sender's address can't be used");
    for (auto const& address : envelope.to)
        if (!is_mail_address(address)) return refuse("a recipient's address can't be used");

    Conversation talk;
    auto outcome = impl_->transact(talk, envelope, bytes, before_end, is_stopping);
    // A connection that was kept may have been closed by the server meanwhile: nothing of this message was taken.
    bool const was_stale = outcome.kind == SmtpOutcome::Kind::temporary && talk.stage == Stage::mail && talk.code == 0;
    if (!was_stale) return outcome;
    Conversation again;
    return impl_->transact(again, envelope, bytes, before_end, is_stopping);
}

SmtpOutcome SmtpClient::probe() {
    SmtpEnvelope const nobody;
    Conversation talk;
    talk.envelope = &nobody;
    char error[CURL_ERROR_SIZE] = {};
    impl_->set_up(talk, error);
    curl_easy_setopt(impl_->curl, CURLOPT_CUSTOMREQUEST, "NOOP");
    auto outcome = impl_->perform(talk, error);
    impl_->drop();
    return outcome;
}

}  // namespace tocsin::net
