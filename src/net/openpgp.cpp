#include "net/mail_seal_parts.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <gpgme.h>
#include <mutex>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

/// OpenPGP by GnuPG. Each operation has a home (a folder for its keys) of its own, which is gone with it. The home
/// always lies in the folder that we were given. A Unix socket's path has at most 107 bytes; where the home's is too
/// long, the agent's sockets, and nothing else, lie in a short folder of their own: the home says where, in GnuPG's own
/// way (a file with the socket's name and the line "%Assuan%"), and by that file a sweep finds the folder after a kill.
namespace tocsin::net {
namespace {

constexpr std::chrono::seconds longest_operation{60};
constexpr std::size_t longest_socket_folder = 80;  // and behind it "/S.gpg-agent.browser"
constexpr std::array<std::string_view, 4> socket_names{"S.gpg-agent", "S.gpg-agent.extra", "S.gpg-agent.browser",
                                                       "S.gpg-agent.ssh"};
constexpr std::string_view redirection = "%Assuan%\nsocket=";
constexpr std::string_view sockets_folder = "/tmp/tocsin-gpg-";
constexpr unsigned least_rsa_bits = 2048;
constexpr std::string_view options =
    "weak-digest SHA1\nweak-digest MD5\nno-auto-key-retrieve\nno-auto-key-locate\ndisable-dirmngr\n"
    "trust-model always\nno-greeting\npersonal-cipher-preferences AES256 AES192 AES\n"
    "personal-digest-preferences SHA512 SHA384 SHA256\ncert-digest-algo SHA512\n";

Error trouble_of(std::string_view doing, gpgme_error_t error) {
    auto const code = gpgme_err_code(error);
    auto const kind = code == GPG_ERR_CANCELED || code == GPG_ERR_INV_ENGINE || code == GPG_ERR_NO_AGENT
                          ? Code::unavailable
                          : Code::invalid;
    return {kind,
            fmt::format("GnuPG, {}: {}", doing, code == GPG_ERR_CANCELED ? "it took too long" : gpgme_strerror(error))};
}

void run_and_wait(std::vector<std::string> words) {
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int const stream : {0, 1, 2})
        posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", stream == 0 ? O_RDONLY : O_WRONLY, 0);
    pid_t process = -1;
    bool const runs = ::posix_spawnp(&process, pointers.front(), &actions, nullptr, pointers.data(), environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    if (!runs) return;
    for (int i = 0; i < 500; ++i) {  // five seconds
        if (::waitpid(process, nullptr, WNOHANG) != 0) return;
        ::usleep(10'000);
    }
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
}

void end_agent(std::string const& home) {
    run_and_wait({"gpgconf", "--homedir", home, "--kill", "gpg-agent"});
    run_and_wait({"gpgconf", "--homedir", home, "--remove-socketdir"});
}

/// An agent that is ending still tidies up in it: what vanishes or comes under our hands is no fault.
void remove_whole(std::string const& folder) {
    for (int i = 0; i < 200; ++i) {  // two seconds
        std::error_code fault;
        std::filesystem::remove_all(folder, fault);
        if (!std::filesystem::exists(folder, fault)) return;
        ::usleep(10'000);
    }
}

/// Only sockets of our own are taken away: the folder lies where everybody may write.
void remove_sockets(std::string const& folder) {
    struct stat known{};
    if (folder.empty() || ::lstat(folder.c_str(), &known) != 0) return;
    if (!S_ISDIR(known.st_mode) || known.st_uid != ::geteuid()) return;
    for (auto const name : socket_names) ::unlink(fmt::format("{}/{}", folder, name).c_str());
    ::rmdir(folder.c_str());
}

/// Where a home says that its agent's sockets are; empty when it does not.
std::string sockets_of(std::string const& home) {
    auto const file = fmt::format("{}/{}", home, socket_names.front());
    struct stat known{};
    if (::lstat(file.c_str(), &known) != 0 || !S_ISREG(known.st_mode)) return {};  // reading a socket fails anyway
    std::ifstream in(file);
    std::string text(256, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (!text.starts_with(redirection)) return {};
    auto const path = std::string_view(text).substr(redirection.size());
    auto const end = path.rfind('/');
    if (!path.starts_with(sockets_folder) || end == std::string_view::npos || end < sockets_folder.size()) return {};
    auto const folder = path.substr(0, end);
    return folder.substr(sockets_folder.size()).contains('/') ? std::string() : std::string(folder);
}

/// The folder of one operation's keys; when it goes, so does the agent that may have been started in it.
class Home {
  public:
    static Result<Home> make(std::filesystem::path const& work) {
        std::error_code fault;
        std::filesystem::create_directories(work, fault);
        TRY(Home home, made(std::filesystem::absolute(work, fault) / home_pattern));
        CHECK(home.write("gpg.conf", options));
        CHECK(home.write("gpg-agent.conf", "disable-scdaemon\n"));
        if (home.path_.size() > longest_socket_folder) CHECK(home.move_sockets());
        return home;
    }
    Home(Home&& other) noexcept
        : path_(std::exchange(other.path_, {})),
          sockets_(std::exchange(other.sockets_, {})),
          has_agent_(std::exchange(other.has_agent_, false)) {}
    Home& operator=(Home&&) = delete;
    ~Home() {
        if (path_.empty()) return;
        if (has_agent_) end_agent(path_);
        remove_whole(path_);
        remove_sockets(sockets_);
    }
    std::string const& path() const { return path_; }
    /// Something with a secret key is done here.
    void expect_agent() { has_agent_ = true; }

  private:
    static constexpr std::string_view home_pattern = "gpg-XXXXXX";

    explicit Home(std::string path) : path_(std::move(path)) {}
    static Result<Home> made(std::filesystem::path const& named) {
        auto pattern = named.string();
        if (::mkdtemp(pattern.data()) == nullptr)  // mode 0700
            return fail(Code::io, fmt::format("making {}: {}", pattern, std::strerror(errno)));
        return Home(std::move(pattern));
    }
    Status move_sockets() {
        auto pattern = std::string(sockets_folder) + "XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr)
            return fail(Code::io, fmt::format("making {}: {}", pattern, std::strerror(errno)));
        sockets_ = std::move(pattern);
        for (auto const name : socket_names)
            CHECK(write(std::string(name).c_str(), fmt::format("{}{}/{}\n", redirection, sockets_, name)));
        return {};
    }
    Status write(char const* name, std::string_view text) const {
        auto const file = path_ + "/" + name;
        int const out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        bool const is_written = out >= 0 && ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size());
        if (out >= 0) ::close(out);
        return is_written ? Status() : fail(Code::io, fmt::format("writing {}: {}", file, std::strerror(errno)));
    }
    std::string path_, sockets_;
    bool has_agent_ = false;
};

/// A stream of GnuPG's over our memory.
class Data {
  public:
    explicit Data(std::string_view bytes) { gpgme_data_new_from_mem(&data_, bytes.data(), bytes.size(), 0); }
    explicit Data(std::size_t most_bytes) : most_(most_bytes) {
        callbacks_.write = [](void* self, void const* bytes, std::size_t size) {
            return static_cast<Data*>(self)->take(bytes, size);
        };
        gpgme_data_new_from_cbs(&data_, &callbacks_, this);
    }
    Data(Data const&) = delete;
    Data& operator=(Data const&) = delete;
    ~Data() { gpgme_data_release(data_); }
    gpgme_data_t get() const { return data_; }
    std::string bytes() { return std::move(bytes_); }
    bool is_over() const { return is_over_; }

  private:
    ssize_t take(void const* bytes, std::size_t size) {
        if (bytes_.size() + size > most_) {
            is_over_ = true;
            errno = EFBIG;
            return -1;
        }
        bytes_.append(static_cast<char const*>(bytes), size);
        return static_cast<ssize_t>(size);
    }
    gpgme_data_t data_ = nullptr;
    gpgme_data_cbs callbacks_{};
    std::string bytes_;
    std::size_t most_ = 0;
    bool is_over_ = false;
};

/// A context, and its end when something takes too long.
class Context {
  public:
    static Result<Context> make(Home const& home) {
        static std::once_flag once;
        std::call_once(once, [] { gpgme_check_version(nullptr); });
        gpgme_ctx_t context = nullptr;
        if (auto const error = gpgme_new(&context)) return std::unexpected(trouble_of("starting", error));
        Context made(context);
        if (auto const error = gpgme_ctx_set_engine_info(context, GPGME_PROTOCOL_OpenPGP, nullptr, home.path().c_str()))
            return std::unexpected(Error{Code::unavailable, trouble_of("which must be installed", error).message});
        gpgme_set_armor(context, 1);
        gpgme_set_offline(context, 1);
        gpgme_set_pinentry_mode(context, GPGME_PINENTRY_MODE_ERROR);
        return made;
    }
    Context(Context&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
    Context& operator=(Context&&) = delete;
    ~Context() {
        if (context_ != nullptr) gpgme_release(context_);
    }
    gpgme_ctx_t get() const { return context_; }

    /// Runs one operation of GnuPG, at most a minute.
    template <class F>
    gpgme_error_t run(F const& operation) const {
        std::mutex mutex;
        std::condition_variable_any ended;
        bool is_done = false;
        std::jthread const guard([&](std::stop_token const& stop) {
            std::unique_lock lock(mutex);
            if (!ended.wait_for(lock, stop, longest_operation, [&] { return is_done; }) && !stop.stop_requested())
                gpgme_cancel_async(context_);
        });
        auto const error = operation(context_);
        std::scoped_lock const lock(mutex);
        is_done = true;
        return error;
    }

  private:
    explicit Context(gpgme_ctx_t context) : context_(context) {}
    gpgme_ctx_t context_;
};

struct Unreferenced {
    void operator()(gpgme_key_t key) const { gpgme_key_unref(key); }
};
using KeyHolder = std::unique_ptr<std::remove_pointer_t<gpgme_key_t>, Unreferenced>;

Result<int> import(Context const& context, std::string_view armour) {
    Data const data(armour);
    if (auto const error = context.run([&](auto* c) { return gpgme_op_import(c, data.get()); }))
        return std::unexpected(trouble_of("reading a key", error));
    auto const* const result = gpgme_op_import_result(context.get());
    return result != nullptr ? result->considered : 0;
}

Result<std::vector<KeyHolder>> keys(Context const& context, bool are_secret) {
    std::vector<KeyHolder> found;
    auto const error = context.run([&](auto* c) {
        auto status = gpgme_op_keylist_start(c, nullptr, are_secret ? 1 : 0);
        while (!status) {
            gpgme_key_t key = nullptr;
            status = gpgme_op_keylist_next(c, &key);
            if (!status) found.emplace_back(key);
        }
        gpgme_op_keylist_end(c);
        return gpgme_err_code(status) == GPG_ERR_EOF ? 0 : status;
    });
    if (error) return std::unexpected(trouble_of("listing keys", error));
    return found;
}

bool is_rsa_like(gpgme_pubkey_algo_t algorithm) {
    return algorithm == GPGME_PK_RSA || algorithm == GPGME_PK_RSA_E || algorithm == GPGME_PK_RSA_S ||
           algorithm == GPGME_PK_DSA || algorithm == GPGME_PK_ELG || algorithm == GPGME_PK_ELG_E;
}

std::string algorithm_of(gpgme_subkey_t subkey) {
    if (subkey->curve != nullptr) return subkey->curve;
    auto const* const name = gpgme_pubkey_algo_name(subkey->pubkey_algo);
    return fmt::format("{} {}", name != nullptr ? name : "unknown", subkey->length);
}

std::optional<Timestamp> time_of(long seconds) {
    if (seconds <= 0) return {};
    return Timestamp() + std::chrono::seconds(seconds);
}

/// What encrypts, and why it may not.
void judge(gpgme_key_t key, Timestamp now, MailKey& into) {
    gpgme_subkey_t chosen = nullptr;
    bool was_weak = false, was_expired = false;
    std::optional<Timestamp> latest;
    for (auto* subkey = key->subkeys; subkey != nullptr; subkey = subkey->next) {
        auto const expires = time_of(subkey->expires);
        if (!subkey->can_encrypt || subkey->revoked || subkey->disabled || subkey->invalid) continue;
        if (expires && *expires <= now) {
            was_expired = true;
            if (!latest || *expires > *latest) latest = expires;
            continue;
        }
        if (is_rsa_like(subkey->pubkey_algo) && subkey->length < least_rsa_bits) {
            was_weak = true;
            into.algorithm = algorithm_of(subkey);
            continue;
        }
        chosen = subkey;
    }
    auto const of_all = time_of(key->subkeys->expires);
    into.expires = of_all;
    if (chosen != nullptr) {
        into.algorithm = algorithm_of(chosen);
        auto const own = time_of(chosen->expires);
        if (own && (!into.expires || *own < *into.expires)) into.expires = own;
    }
    if (key->revoked) {
        into.trouble = "it is revoked";
    } else if (of_all && *of_all <= now) {
        into.trouble = fmt::format("it expired on {}", format_date(*of_all));
    } else if (is_rsa_like(key->subkeys->pubkey_algo) && key->subkeys->length < least_rsa_bits) {
        into.trouble = fmt::format("it is too weak: {}, at least 2048 bits are wanted", algorithm_of(key->subkeys));
    } else if (chosen == nullptr && was_expired) {
        into.expires = latest;
        into.trouble = fmt::format("the part that encrypts expired on {}", format_date(*latest));
    } else if (chosen == nullptr && was_weak) {
        into.trouble = fmt::format("it is too weak: {}, at least 2048 bits are wanted", into.algorithm);
    } else if (chosen == nullptr) {
        into.trouble = "it is not for encrypting";
    }
}

MailKey facts_of(gpgme_key_t key, Timestamp now) {
    MailKey facts{.kind = SealKind::openpgp, .fingerprint = uppered(key->fpr != nullptr ? key->fpr : "")};
    for (auto* user = key->uids; user != nullptr; user = user->next)
        if (user->address != nullptr && *user->address != '\0' && !user->revoked && !user->invalid)
            facts.addresses.push_back(repaired_utf8(user->address));
    facts.created = time_of(key->subkeys->timestamp);
    facts.algorithm = algorithm_of(key->subkeys);
    judge(key, now, facts);
    return facts;
}

Result<std::string> exported(Context const& context, gpgme_key_t key, bool is_secret) {
    Data data(std::size_t{1} << 20);
    gpgme_key_t list[] = {key, nullptr};
    auto const error = context.run([&](auto* c) {
        return gpgme_op_export_keys(c, list, is_secret ? GPGME_EXPORT_MODE_SECRET : GPGME_EXPORT_MODE_MINIMAL,
                                    data.get());
    });
    if (error) return std::unexpected(trouble_of("writing out a key", error));
    return data.bytes();
}

Result<KeyHolder> only_key(Context const& context, bool is_secret) {
    TRY(auto found, keys(context, is_secret));
    if (found.empty())
        return fail(Code::invalid,
                    is_secret ? "there is no OpenPGP secret key in it"
                              : "there is no OpenPGP key with a good signature of its own in it (SHA-1 and MD5 do not "
                                "count)");
    if (found.size() > 1) return fail(Code::invalid, fmt::format("it holds {} keys; one was expected", found.size()));
    if (found.front()->subkeys == nullptr) return fail(Code::invalid, "the OpenPGP key is damaged");
    return std::move(found.front());
}

MailSignature::State state_of(gpgme_signature_t signature) {
    switch (gpgme_err_code(signature->status)) {
        case GPG_ERR_NO_ERROR:
            return MailSignature::State::good;
        case GPG_ERR_NO_PUBKEY:
            return MailSignature::State::unknown;
        default:
            return MailSignature::State::bad;
    }
}

std::vector<MailSignature> signatures_of(Context const& context) {
    std::vector<MailSignature> all;
    auto const* const result = gpgme_op_verify_result(context.get());
    if (result == nullptr) return all;
    for (auto* one = result->signatures; one != nullptr && all.size() < 10; one = one->next) {
        MailSignature signature{.state = state_of(one), .fingerprint = uppered(one->fpr != nullptr ? one->fpr : "")};
        gpgme_key_t key = nullptr;
        if (signature.state == MailSignature::State::good && one->fpr != nullptr &&
            !context.run([&](auto* c) { return gpgme_get_key(c, one->fpr, &key, 0); }) && key != nullptr) {
            KeyHolder const holder(key);
            if (key->fpr != nullptr) signature.fingerprint = uppered(key->fpr);
            if (key->uids != nullptr && key->uids->uid != nullptr) signature.words = repaired_utf8(key->uids->uid);
        } else if (signature.state == MailSignature::State::bad) {
            signature.words = gpgme_strerror(one->status);
        }
        all.push_back(std::move(signature));
    }
    return all;
}

/// A home with our secret key and those of who may have signed.
struct Desk {
    Home home;
    Context context;

    static Result<Desk> make(std::filesystem::path const& work, std::string_view secret,
                             std::span<std::string const> others = {}) {
        TRY(auto home, Home::make(work));
        if (!secret.empty()) home.expect_agent();
        TRY(auto context, Context::make(home));
        if (!secret.empty()) CHECK(import(context, secret));
        for (auto const& other : others)
            if (other.starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----")) (void)import(context, other);
        return Desk{std::move(home), std::move(context)};
    }
};

}  // namespace

namespace openpgp {

Result<MailKey> read_key(std::string_view armour, Timestamp now, std::filesystem::path const& work) {
    if (armour.contains("PRIVATE KEY BLOCK"))
        return fail(Code::invalid, "this is a secret key; only the public one belongs here");
    TRY(auto const desk, Desk::make(work, ""));
    CHECK(import(desk.context, armour));
    TRY(auto const key, only_key(desk.context, false));
    auto facts = facts_of(key.get(), now);
    TRY(facts.text, exported(desk.context, key.get(), false));
    return facts;
}

Result<MailKey> public_half(std::string_view secret, Timestamp now, std::filesystem::path const& work) {
    TRY(auto const desk, Desk::make(work, secret));
    TRY(auto const key, only_key(desk.context, false));
    auto facts = facts_of(key.get(), now);
    TRY(facts.text, exported(desk.context, key.get(), false));
    return facts;
}

Result<std::string> seal(std::string_view entity, std::span<MailKey const> to, std::string_view secret,
                         std::filesystem::path const& work) {
    TRY(auto const desk, Desk::make(work, secret));
    std::vector<KeyHolder> holders;
    for (auto const& recipient : to) {
        CHECK(import(desk.context, recipient.text));
        gpgme_key_t key = nullptr;
        if (auto const error =
                desk.context.run([&](auto* c) { return gpgme_get_key(c, recipient.fingerprint.c_str(), &key, 0); }))
            return std::unexpected(trouble_of(fmt::format("looking for {}", recipient.fingerprint), error));
        holders.emplace_back(key);
    }
    std::vector<gpgme_key_t> list;
    for (auto const& holder : holders) list.push_back(holder.get());
    list.push_back(nullptr);
    KeyHolder own;
    if (!secret.empty()) {
        TRY(own, only_key(desk.context, true));
        gpgme_signers_add(desk.context.get(), own.get());
    }
    Data const plain(entity);
    Data sealed(entity.size() * 2 + (std::size_t{1} << 20));
    auto const flags = static_cast<gpgme_encrypt_flags_t>(GPGME_ENCRYPT_ALWAYS_TRUST | GPGME_ENCRYPT_NO_ENCRYPT_TO);
    auto const error = desk.context.run([&](auto* c) {
        return own ? gpgme_op_encrypt_sign(c, list.data(), flags, plain.get(), sealed.get())
                   : gpgme_op_encrypt(c, list.data(), flags, plain.get(), sealed.get());
    });
    if (error) return std::unexpected(trouble_of("encrypting", error));
    return sealed.bytes();
}

Result<Detached> sign(std::string_view entity, std::string_view secret, std::filesystem::path const& work) {
    TRY(auto const desk, Desk::make(work, secret));
    TRY(auto const own, only_key(desk.context, true));
    gpgme_signers_add(desk.context.get(), own.get());
    Data const plain(entity);
    Data made(std::size_t{1} << 20);
    if (auto const error =
            desk.context.run([&](auto* c) { return gpgme_op_sign(c, plain.get(), made.get(), GPGME_SIG_MODE_DETACH); }))
        return std::unexpected(trouble_of("signing", error));
    auto const* const result = gpgme_op_sign_result(desk.context.get());
    if (result == nullptr || result->signatures == nullptr)
        return fail(Code::invalid, "GnuPG, signing: it made no signature");
    auto const* const hash = gpgme_hash_algo_name(result->signatures->hash_algo);
    return Detached{.armour = made.bytes(), .micalg = "pgp-" + lowered(hash != nullptr ? hash : "sha512")};
}

}  // namespace openpgp

void sweep_mail_work(std::filesystem::path const& work) {
    std::error_code fault;
    for (auto const& entry : std::filesystem::directory_iterator(work, fault)) {
        auto const home = std::filesystem::absolute(entry.path(), fault).string();
        auto const sockets = sockets_of(home);
        // An agent that a kill left alone holds the key in its memory.
        if (std::filesystem::exists(entry.path() / "private-keys-v1.d", fault)) end_agent(home);
        remove_sockets(sockets);
    }
    std::filesystem::remove_all(work, fault);
}

Result<std::string> make_openpgp_key(Mailbox const& owner, int years, std::filesystem::path const& work) {
    TRY(auto home, Home::make(work));
    home.expect_agent();
    TRY(auto const context, Context::make(home));
    auto name = owner.name;
    for (auto& c : name)
        if (c == '<' || c == '>' || static_cast<unsigned char>(c) < 0x20) c = ' ';
    auto const user = name.empty() ? "<" + owner.address + ">" : fmt::format("{} <{}>", name, owner.address);
    auto const seconds = static_cast<unsigned long>(years) * 365 * 86'400;
    auto const flags = GPGME_CREATE_NOPASSWD | (years == 0 ? GPGME_CREATE_NOEXPIRE : 0U);
    if (auto const error = context.run(
            [&](auto* c) { return gpgme_op_createkey(c, user.c_str(), "default", 0, seconds, nullptr, flags); }))
        return std::unexpected(trouble_of("making a key", error));
    TRY(auto const key, only_key(context, true));
    return exported(context, key.get(), true);
}

Result<std::string> check_openpgp_secret(std::string_view text, Timestamp now, std::filesystem::path const& work) {
    if (!text.contains("-----BEGIN PGP PRIVATE KEY BLOCK-----"))
        return fail(Code::invalid, "expected an OpenPGP secret key in armour (gpg --armor --export-secret-keys)");
    TRY(auto const desk, Desk::make(work, text));
    TRY(auto const key, only_key(desk.context, true));
    auto const facts = facts_of(key.get(), now);
    if (!facts.trouble.empty()) return fail(Code::invalid, "of the key: " + facts.trouble);
    gpgme_signers_add(desk.context.get(), key.get());
    Data const plain(std::string_view("a test"));
    Data const made(std::size_t{1} << 16);
    if (auto const error =
            desk.context.run([&](auto* c) { return gpgme_op_sign(c, plain.get(), made.get(), GPGME_SIG_MODE_DETACH); }))
        return fail(
            Code::invalid,
            fmt::format("nothing can be signed with it; a key with a passphrase can't be used without a person: "
                        "export it without one ({})",
                        gpgme_strerror(error)));
    return exported(desk.context, key.get(), true);
}

Result<OpenedMail> MailOpener::openpgp(std::string_view message) const {
    TRY(auto desk, Desk::make(work_, own_.openpgp, signers_));
    for (auto const& older : own_.older) {
        if (!older.contains("BEGIN PGP PRIVATE KEY BLOCK")) continue;
        desk.home.expect_agent();
        CHECK(import(desk.context, older));
    }
    Data const sealed(message);
    Data plain(most_bytes_);
    auto const error = desk.context.run([&](auto* c) { return gpgme_op_decrypt_verify(c, sealed.get(), plain.get()); });
    if (plain.is_over())
        return fail(Code::limit, fmt::format("it is larger than {} bytes when decrypted", most_bytes_));
    auto const code = gpgme_err_code(error);
    if (code == GPG_ERR_NO_SECKEY || (error && own_.openpgp.empty()))
        return fail(Code::denied, own_.openpgp.empty() ? "there is no OpenPGP key of ours; tocsin mail-key make"
                                                       : "it is not encrypted to our OpenPGP key");
    if (error && code != GPG_ERR_BAD_SIGNATURE) return std::unexpected(trouble_of("decrypting", error));
    return OpenedMail{.bytes = plain.bytes(), .signatures = signatures_of(desk.context)};
}

Result<OpenedMail> MailOpener::openpgp_signed(std::string_view content, std::string_view signature) const {
    TRY(auto const desk, Desk::make(work_, "", signers_));
    Data const detached(signature), plain(content);
    auto const error =
        desk.context.run([&](auto* c) { return gpgme_op_verify(c, detached.get(), plain.get(), nullptr); });
    if (error && gpgme_err_code(error) != GPG_ERR_BAD_SIGNATURE) return std::unexpected(trouble_of("verifying", error));
    return OpenedMail{.bytes = {}, .signatures = signatures_of(desk.context)};
}

}  // namespace tocsin::net
