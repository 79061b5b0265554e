#include "api/test_house.hpp"

#include <atomic>
#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

/// The house that the tests of the API live in.
namespace tocsin::api {

namespace {

/// What the constituency says, for ingest.
class Around final : public events::Surroundings {
  public:
    explicit Around(std::shared_ptr<constituency::OwnerTable const> owners) : owners_(std::move(owners)) {}
    void attribute(std::span<events::Subject const> subjects, std::span<events::Attribution> answers) const override {
        for (std::size_t i = 0; i < subjects.size(); ++i) {
            auto const& subject = subjects[i];
            auto const owner = owners_->owner_of(
                {.address = subject.address,
                 .asn = subject.asn,
                 .domain = subject.fqdn,
                 .country = constituency::parse_country(subject.country).value_or(constituency::CountryCode())});
            answers[i].organisation = owner.organisation.value;
            answers[i].lane = owner ? events::Lane::own : events::Lane::none;
            answers[i].asn = subject.asn;
            answers[i].country = subject.country;
        }
    }

  private:
    std::shared_ptr<constituency::OwnerTable const> owners_;
};

class Collected final : public net::BodyWriter {
  public:
    Status write(std::string_view bytes) override {
        text += bytes;
        return {};
    }
    std::string text;
};

template <class T>
T must(Result<T> result) {
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    if (!result) std::abort();
    return std::move(*result);
}

}  // namespace

std::string Answer::header(std::string_view name) const {
    for (auto const& one : headers) {
        if (equal_ignoring_case(one.name, name)) return one.value;
    }
    return {};
}

boost::json::value Answer::json() const {
    boost::system::error_code error;
    auto value = boost::json::parse(text, error);
    return error ? boost::json::value() : value;
}

TestHouse::TestHouse(TestWorld world) {
    static std::atomic<int> count{0};
    folder_ = std::filesystem::temp_directory_path() / fmt::format("tocsin-api-{}-{}", ::getpid(), ++count);
    directory_ = std::make_unique<store::DataDirectory>(must(store::DataDirectory::open(folder_)));
    std::vector<store::Migration> migrations;
    for (auto const room : {access::migrations(), constituency::migrations(), gate::migrations(), events::migrations(),
                            intelligence::migrations(), sharing::migrations(), readiness::migrations(),
                            reports::migrations(), notifications::migrations(), api::migrations()}) {
        migrations.insert(migrations.end(), room.begin(), room.end());
    }
    ledger_ = must(store::Ledger::open(*directory_ / "ledger.sqlite", migrations));
    access::AccessLimits cheap;
    cheap.argon2_passes = 1;
    cheap.argon2_bytes = std::size_t{1} << 20;
    access_ = must(access::Access::open(*ledger_, *directory_, system_clock(), cheap));
    constituency_ = std::make_unique<constituency::Constituency>(
        *ledger_, system_clock(), constituency::Settings{constituency::parse_country("XA").value(), {}});
    gate::World usual;
    usual.is_within = [](gate::OrganisationId, gate::OrganisationId) { return false; };
    gate_ = std::make_unique<gate::Gate>(world.gate ? *std::move(world.gate) : std::move(usual));
    catalogue_ = std::make_shared<events::FeedCatalogue>(must(events::FeedCatalogue::open()));
    intelligence::Options of_intelligence;
    of_intelligence.directory = folder_;
    of_intelligence.concerns_of = std::move(world.concerns_of);
    of_intelligence.kin_of = std::move(world.kin_of);
    intelligence_ = must(intelligence::Intelligence::open(*ledger_, *gate_, std::move(of_intelligence)));
    collections_ = must(sharing::Collections::open(*ledger_, system_clock()));
    peers_ = std::make_unique<sharing::Peers>(*ledger_, *access_, system_clock());
    groups_ = std::make_unique<gate::SharingGroups>(*ledger_, system_clock());
    remotes_ = std::make_unique<sharing::Remotes>(*ledger_, access_->secrets(), system_clock());
    exchange_ = std::make_unique<sharing::Exchange>(sharing::ExchangeDoors{.ledger = ledger_.get(),
                                                                           .peers = peers_.get(),
                                                                           .remotes = remotes_.get(),
                                                                           .intelligence = intelligence_.get(),
                                                                           .gate = gate_.get()});
    recalls_ = std::make_unique<sharing::Recalls>(sharing::RecallDoors{.ledger = ledger_.get(),
                                                                       .peers = peers_.get(),
                                                                       .remotes = remotes_.get(),
                                                                       .intelligence = intelligence_.get(),
                                                                       .gate = gate_.get(),
                                                                       .team = "National CIRT of Examplia"});
    readiness_ = must(readiness::Readiness::open(*ledger_, system_clock(), folder_ / "catalogues"));
    events::Options options;
    options.matcher = intelligence_->matcher();
    options.directory = folder_;
    options.catalogue = catalogue_;
    options.clock = &system_clock();
    options.workers = 1;
    options.surroundings = [this] { return std::make_shared<Around const>(must(constituency_->owners())); };
    events_ = must(events::Events::open(*ledger_, std::move(options)));
    sources_ = std::make_unique<events::Sources>(*ledger_, access_->secrets(), system_clock());
    events::FetcherDoors of_fetcher{.sources = sources_.get(), .directory = folder_};
    of_fetcher.accept = [this](auto const& read, std::string_view name, std::string_view feed) {
        return events_->accept(read, name, feed, events::ReportOrigin::source);
    };
    fetcher_ = std::make_unique<events::Fetcher>(std::move(of_fetcher));
    notifications::Settings settings;
    settings.settle_time = std::chrono::seconds(0);
    notifications_ = must(notifications::Notifications::open(
        *ledger_, *directory_, access_->secrets(), *constituency_, *gate_,
        notifications::findings_of([this]() -> Result<events::Events*> { return events_.get(); }), system_clock(),
        std::move(settings)));
    inbox_ = must(notifications::Inbox::open(*notifications_, {}));
    contract_ = std::make_unique<Contract>(must(Contract::read(*embedded::find("api/openapi.json"))));
    Doors const doors{.ledger = ledger_.get(),
                      .directory = directory_.get(),
                      .access = access_.get(),
                      .constituency = constituency_.get(),
                      .gate = gate_.get(),
                      .events = events_.get(),
                      .catalogue = catalogue_.get(),
                      .notifications = notifications_.get(),
                      .inbox = inbox_.get(),
                      .intelligence = intelligence_.get(),
                      .collections = collections_.get(),
                      .peers = peers_.get(),
                      .groups = groups_.get(),
                      .remotes = remotes_.get(),
                      .exchange = exchange_.get(),
                      .recalls = recalls_.get(),
                      .readiness = readiness_.get(),
                      .sources = sources_.get(),
                      .fetcher = fetcher_.get(),
                      .portal = std::move(world.portal)};
    api_ = must(Api::make(doors, {.team = "National CIRT of Examplia", .version = "0.1.0"}));
    application_ = api_->application();
}

TestHouse::~TestHouse() {
    api_.reset();
    notifications_.reset();
    events_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string TestHouse::telnet_report() {
    auto const day = format_date(system_clock().now() - std::chrono::hours(24));
    std::string csv = "timestamp,severity,ip,protocol,port,hostname,tag,asn,geo,region,city,naics,sector,banner\n";
    for (int i = 1; i <= 40; ++i) {
        csv += fmt::format(
            "\"{} 03:{:02}:07\",\"high\",\"192.0.2.{}\",\"tcp\",23,\"host{}.power.example\",\"telnet\",64496,"
            "\"XA\",\"North\",\"Alpha\",0,\"\",\"login:\"\n",
            day, i, i, i);
    }
    for (int i = 1; i <= 10; ++i) {
        csv += fmt::format(
            "\"{} 04:{:02}:07\",\"high\",\"198.51.100.{}\",\"tcp\",23,\"\",\"telnet\",64511,\"XB\",\"\",\"\",0,"
            "\"\",\"\"\n",
            day, i, i);
    }
    csv += fmt::format(
        "\"{} 05:00:00\",\"high\",\"1.2.3\",\"tcp\",23,\"\",\"telnet\",64511,\"XB\",\"\",\"\",0,\"\",\"\"\n", day);
    return csv;
}

std::string TestHouse::indicator(int n) {
    return fmt::format("indicator--00000000-0000-4000-8000-{:012}", n);
}

void TestHouse::fill_intelligence(gate::OrganisationId peer) {
    auto const by = access::command_principal();
    peer_key_ = must(peers_->add({.name = "north", .organisation = peer, .clearance = gate::Tlp::green}, by)).key;
    auto const object = [](std::string_view type, std::string_view id, std::string_view marking,
                           std::string_view more) {
        return fmt::format(R"({{"type":"{}","spec_version":"2.1","id":"{}","created":"2026-01-01T10:00:00.000Z",)"
                           R"("modified":"2026-01-01T10:00:00.000Z","object_marking_refs":["{}"],{}}})",
                           type, id, marking, more) +
               "\n";
    };
    auto const address = [&](int n, std::string_view marking, std::string_view value) {
        return object("indicator", indicator(n), marking,
                      fmt::format(R"("name":"Number {}","labels":["label-{}"],"pattern":"[ipv4-addr:value = '{}']",)"
                                  R"("pattern_type":"stix","valid_from":"2026-01-01T10:00:00Z",)"
                                  R"("valid_until":"2036-01-01T10:00:00Z")",
                                  n, n, value));
    };
    constexpr std::string_view green = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
    constexpr std::string_view amber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
    constexpr std::string_view red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
    formats::MemorySource source(
        address(1, green, "192.0.2.7") + address(2, amber, "203.0.113.2") + address(3, red, "192.0.2.7") +
        object(
            "report", "report--00000000-0000-4000-8000-000000000004", red,
            fmt::format(R"("name":"Number 4","published":"2026-01-01T10:00:00Z","object_refs":["{}"])", indicator(1))));
    intelligence::ImportRequest request;
    request.source.kind = "import";
    request.source.name = "bundle.json";
    EXPECT_EQ(must(intelligence_->import(source, request, by)).stored, 4);
    auto const search = must(intelligence::Searches(*intelligence_).add({"labelled", "label=label-1", true}, by));
    must(intelligence::Watches(*intelligence_).add({"labelled", search.id, {}, true}, by));
}

void TestHouse::fill_sharing() {
    auto const by = access::command_principal();
    must(groups_->add({.name = "Partners", .members = {{1}}}, by));
    must(remotes_->add({.name = "north",
                        .peer = {1},
                        .url = "http://127.0.0.1:9/taxii2/",
                        .collection = "all",
                        .pushes = true,
                        .is_paused = true},
                       "hush", by));
    must(sources_->add(
        {.name = "list", .address = "http://127.0.0.1:9/list.csv", .allows_private = true, .is_paused = true}, "hush",
        by));
    As const north{.key = peer_key_, .headers = {{"accept", "application/taxii+json;version=2.1"}}};
    EXPECT_EQ(get("/taxii2/root/collections/all/objects/", north).status, 200);
    must(recalls_->add({.objects = {indicator(1)}, .reason = "a false positive"}, by));
}

As TestHouse::key_for(access::Role role, std::vector<std::string> feeds) {
    access::NewKey key;
    key.name = "test " + std::string(access::name_of(role));
    key.role = role;
    key.feeds = std::move(feeds);
    return {.key = must(access_->add_key(access::command_principal(), key)).key};
}

void TestHouse::fill() {
    auto const by = access::command_principal();
    for (auto const role : {access::Role::viewer, access::Role::analyst, access::Role::administrator}) {
        must(access_->add_account(
            by, {.name = std::string(access::name_of(role)), .password = std::string(password), .role = role}));
    }
    viewer_ = key_for(access::Role::viewer);
    analyst_ = key_for(access::Role::analyst);
    administrator_ = key_for(access::Role::administrator);
    pusher_ = key_for(access::Role::analyst, {std::string(telnet)});

    auto& directory = constituency_->directory();
    constituency::OrganisationDraft power;
    power.name = "Northern Power Company";
    power.kind = constituency::OrganisationKind::operator_;
    power.sector = "energy";
    power.country = "XA";
    power.language = "en";
    auto const organisation = must(directory.add(power, by));
    constituency::ResourceDraft prefix;
    prefix.organisation = organisation.id;
    prefix.value = "192.0.2.0/24";
    prefix.verified = true;
    must(directory.add(prefix, by));
    constituency::ContactDraft contact;
    contact.organisation = organisation.id;
    contact.email = "abuse@power.example";
    must(directory.add(contact, by));
    constituency::SuppressionDraft suppression;
    suppression.network = "192.0.2.40/32";
    suppression.reason = "their own scanner";
    must(directory.add(suppression, by));
    constituency::DoNotContactDraft unwanted;
    unwanted.address = "noc@power.example";
    unwanted.reason = "asked by phone";
    must(directory.add(unwanted, by));

    fill_intelligence(organisation.id);
    must(events_->accept(telnet_report(), "2026-scan_telnet.csv", telnet, events::ReportOrigin::command));
    must(events_->process_pending());
    must(notifications_->plan(by, {.organisations = {}, .dry_run = false, .hold = true, .ignore_interval = true}));
    must(inbox_->take("From: stranger@elsewhere.example\r\nSubject: hello\r\n\r\nIs this yours?\r\n", by));
    readiness::Assessment assessment{.framework = "sim3", .title = "Ours"};
    assessment.answers.push_back({.item = "O-2", .value = 1, .wanted = 3});
    must(readiness_->assessments.add(std::move(assessment), by));
}

As TestHouse::key_of(access::Membership const& membership) {
    access::NewKey key{.name = "theirs", .role = access::Role::constituent};
    key.membership = membership;
    return {.key = must(access_->add_key(access::command_principal(), key)).key};
}

As TestHouse::constituent(std::string const& name, access::Membership const& membership) {
    must(access_->add_account(access::command_principal(), {.name = name,
                                                            .password = std::string(password),
                                                            .role = access::Role::constituent,
                                                            .memberships = {membership}}));
    auto const in = must(access_->log_in({name, std::string(password), ""}, {"192.0.2.250", "test"}));
    return {.cookie = in.session.token, .csrf = in.session.csrf};
}

As TestHouse::session_of(std::string const& name) {
    auto const answer =
        post("/api/v1/session", {}, fmt::format(R"({{"name": "{}", "password": "{}"}})", name, password));
    EXPECT_EQ(answer.status, 200) << answer.text;
    auto const cookie = answer.header("set-cookie");
    auto const start = cookie.find('=') + 1;
    return {.cookie = cookie.substr(start, cookie.find(';') - start),
            .csrf = std::string(answer.json().at("csrf").as_string())};
}

Answer TestHouse::call(net::Method method, std::string const& target, As const& as, std::string const& body,
                       std::string const& content_type) {
    net::HttpRequest request;
    request.method = method;
    request.target = target;
    request.peer.address = "192.0.2.250";
    if (!as.key.empty()) request.headers.push_back({"authorization", "Bearer " + as.key});
    if (!as.cookie.empty())
        request.headers.push_back({"cookie", fmt::format("tocsin_session={0}; tocsin_portal={0}", as.cookie)});
    if (!as.csrf.empty()) request.headers.push_back({"x-csrf-token", as.csrf});
    if (!body.empty()) request.headers.push_back({"content-type", content_type});
    for (auto const& [name, value] : as.headers) request.headers.push_back({name, value});
    net::HttpResponse response;
    if (application_.intake(request).streamed) {
        auto opened = application_.open(request);
        if (auto* sink = std::get_if<std::unique_ptr<net::BodySink>>(&opened)) {
            if (!body.empty()) (void)(*sink)->write(body);
            response = (*sink)->finish();
        } else {
            response = std::move(std::get<net::HttpResponse>(opened));
        }
    } else {
        request.body = body;
        response = application_.answer(request);
    }
    Answer answer{.status = response.status, .text = response.body, .headers = response.headers};
    if (!response.fixed_body.empty()) answer.text = response.fixed_body;
    if (response.write_body) {
        Collected collected;
        auto const written = response.write_body(collected);
        EXPECT_TRUE(written) << (written ? "" : written.error().message);
        answer.text = collected.text;
    }
    return answer;
}

}  // namespace tocsin::api
