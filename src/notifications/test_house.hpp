#pragma once
#include "notifications/notifications.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

/// A small house for the room's tests: a real ledger and directory of organisations, findings from a list. Private to
/// the room's tests.
namespace tocsin::notifications {

inline Timestamp at(std::string_view text) {
    return *parse_timestamp(text);
}

inline events::Finding finding(std::int64_t organisation, int number, std::string identifier = "open-telnet",
                               std::string severity = "medium") {
    events::Finding made;
    made.id = fmt::format("{:032x}", number);
    made.severity = std::move(severity);
    made.feed = "shadowserver/scan_telnet";
    made.taxonomy = "vulnerable";
    made.type = "vulnerable-system";
    made.identifier = std::move(identifier);
    made.address = IpAddress::v4(0xc000'0200U + static_cast<std::uint32_t>(number));
    made.port = 23;
    made.transport = "tcp";
    made.asn = 64496;
    made.tlp = "AMBER";
    made.organisation = organisation;
    made.lane = events::Lane::own;
    made.first_seen = at("2026-11-20T02:00:00Z");
    made.last_seen = at("2026-11-23T04:00:00Z");
    made.times = 4;
    made.segment_first = 1;
    made.segment_last = 3;
    return made;
}

class TestHouse {
  public:
    explicit TestHouse(Settings settings = test_settings()) : settings_(std::move(settings)) {
        static int count = 0;
        path = std::filesystem::temp_directory_path() / fmt::format("tocsin-notifications-{}-{}", ::getpid(), ++count);
        std::filesystem::remove_all(path);
        directory = std::make_unique<store::DataDirectory>(*store::DataDirectory::open(path));
        std::vector<store::Migration> all;
        for (auto const part : {access::migrations(), constituency::migrations(), gate::migrations(), migrations()})
            all.insert(all.end(), part.begin(), part.end());
        ledger = *store::Ledger::open(path / "ledger.sqlite", all);
        secrets = std::make_unique<access::Secrets>(*access::Secrets::open(*directory));
        people = std::make_unique<constituency::Constituency>(*ledger, clock, constituency::Settings{});
        gate = std::make_unique<gate::Gate>([this](gate::OrganisationId below, gate::OrganisationId above) {
            auto const chain = people->directory().chain(below);
            return chain && std::ranges::any_of(*chain, [&](auto const& one) { return one.id == above; });
        });
        open();
    }
    ~TestHouse() {
        room.reset();
        ledger.reset();
        directory.reset();
        std::filesystem::remove_all(path);
    }
    static Settings test_settings() {
        Settings settings;
        settings.team_name = "CIRT of Freedonia";
        settings.team_email = "cirt@cirt.example";
        settings.public_url = "https://cirt.example";
        settings.hold = false;
        return settings;
    }
    /// As after a restart.
    void open() {
        room.reset();
        auto opened = Notifications::open(
            *ledger, *directory, *secrets, *people, *gate,
            {.scan = [this](events::FindingFilter const& filter, auto const& each) -> Status {
                 for (auto const& one : findings) {
                     auto const& wanted = filter.organisations;
                     if (!wanted.empty() && std::ranges::find(wanted, one.organisation) == wanted.end()) continue;
                     auto const is_in = [&](events::AddressRange const& range) {
                         auto const address = one.address.value_or(IpAddress{});
                         return address >= range.first && address <= range.last;
                     };
                     if (!filter.addresses.empty() && std::ranges::none_of(filter.addresses, is_in)) continue;
                     if (!each(one)) break;
                 }
                 return {};
             },
             .watermark = [] { return std::int64_t{7}; },
             .say = [this](events::StatementRequest const& request) -> Status {
                 said.push_back(request);
                 return {};
             }},
            clock, settings_);
        ASSERT_TRUE(opened) << opened.error().message;
        room = *std::move(opened);
    }
    std::int64_t organisation(std::string name, std::string language = "en", std::int64_t parent = 0) {
        constituency::OrganisationDraft draft;
        draft.name = std::move(name);
        draft.language = std::move(language);
        draft.parent = {parent};
        return people->directory().add(draft, access::command_principal())->id.value;
    }
    void contact(std::int64_t organisation, std::string email,
                 constituency::ContactRole role = constituency::ContactRole::abuse, std::string language = "") {
        constituency::ContactDraft draft;
        draft.organisation = {organisation};
        draft.email = std::move(email);
        draft.role = role;
        draft.language = std::move(language);
        ASSERT_TRUE(people->directory().add(draft, access::command_principal()));
    }
    Plan plan(bool dry_run = false) {
        auto made = room->plan(access::server_principal(),
                               {.organisations = {}, .dry_run = dry_run, .hold = {}, .ignore_interval = true});
        EXPECT_TRUE(made) << (made ? "" : made.error().message);
        return made ? *std::move(made) : Plan{};
    }
    std::vector<Notification> all() { return room->list({}, 1000)->items; }
    std::size_t outbox() const {
        std::size_t count = 0;
        std::error_code fault;
        for (auto const& entry : std::filesystem::directory_iterator(path / "outbox", fault))
            count += entry.path().extension() == ".eml" ? 1U : 0U;
        return count;
    }

    std::filesystem::path path;
    FixedClock clock{at("2026-11-23T10:00:00Z")};
    std::unique_ptr<store::DataDirectory> directory;
    std::unique_ptr<store::Ledger> ledger;
    std::unique_ptr<access::Secrets> secrets;
    std::unique_ptr<constituency::Constituency> people;
    std::unique_ptr<gate::Gate> gate;
    std::vector<events::Finding> findings;
    std::vector<events::StatementRequest> said;
    std::unique_ptr<Notifications> room;

  private:
    Settings settings_;
};

}  // namespace tocsin::notifications
